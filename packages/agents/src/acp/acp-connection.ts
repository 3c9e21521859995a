import type {
  AnyMessage,
  ClientConnection,
  SessionNotification,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from "@agentclientprotocol/sdk";
import type { SessionEvent } from "../agent-event.ts";
import { parseRecord } from "../json-fields.ts";

export interface AcpHandlers {
  readonly write: (line: string) => boolean;
  readonly onUpdate: (notification: SessionNotification) => void;
  readonly onQuestion: (request: RequestPermissionRequest, signal: AbortSignal) => Promise<RequestPermissionResponse>;
  readonly onEvent: (event: SessionEvent) => void;
}

export interface AcpConnection {
  readonly connection: ClientConnection;
  readonly handleLine: (line: string) => void;
  /** The agent is gone. */
  readonly close: () => void;
}

const maxShownChars = 200;

/**
 * The client's side of the protocol over lines. What is not a message is reported and passed over, and so are
 * notifications of kinds that are not known; requests of such kinds are refused by the library.
 */
export async function openAcpConnection(handlers: AcpHandlers): Promise<AcpConnection> {
  const { client } = await import("@agentclientprotocol/sdk"); // large: loaded only when such an agent runs
  let controller: ReadableStreamDefaultController<AnyMessage> | undefined;
  const readable = new ReadableStream<AnyMessage>({
    start: (given) => void (controller = given),
    cancel: () => void (controller = undefined),
  });
  const writable = new WritableStream<AnyMessage>({
    write: (message) => {
      if (!handlers.write(JSON.stringify(message))) throw new Error("write to the agent: it does not read any more");
    },
  });
  const connection = client({ name: "parlatory" })
    .onNotification("session/update", ({ params }) => handlers.onUpdate(params))
    .onNotification("*", () => undefined)
    .onRequest("session/request_permission", ({ params, signal }) => handlers.onQuestion(params, signal))
    .connect({ readable, writable });
  connection.closed.catch(() => undefined);
  return {
    connection,
    handleLine: (line) => {
      const message = parseRecord(line);
      if (message !== undefined) controller?.enqueue(message as unknown as AnyMessage);
      else if (line.trim() !== "") {
        const shown = line.slice(0, maxShownChars);
        handlers.onEvent({
          type: "diagnostic",
          text: `expected a message of the Agent Client Protocol, got: ${shown}`,
        });
      }
    },
    close: () => {
      controller?.close();
      controller = undefined;
      connection.close();
    },
  };
}
