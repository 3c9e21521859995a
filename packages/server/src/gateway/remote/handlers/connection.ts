/** What a client says of itself: sizes, its directory, what it has stored ([CONN-6], [RLIM-1], [RDLV-2]). */
import { RemoteError } from "@parlatory/protocol/remote";
import { cutStrings } from "../frames/cut-strings.ts";
import type { Routes } from "../route.ts";
import { answerCommands } from "./commands.ts";

export const CONNECTION_ROUTES: Routes<"set_max_message_size" | "set_directory" | "message_ack"> = {
  set_max_message_size: {
    turn: "ordered",
    handle({ peer, answer }, { size_kb: asked }) {
      if (typeof asked !== "number" || !Number.isInteger(asked) || asked < 1) {
        throw new RemoteError(
          asked === undefined ? "missing_field" : "invalid_field",
          "size_kb (positive integer) required in set_max_message_size message",
        );
      }
      const applied = peer.outbox.setSizeKb(asked);
      answer({ type: "ack", message: `Max message size set to ${asked} KB`, effective_size_kb: applied });
    },
  },
  set_directory: {
    turn: "ordered",
    async handle(call, { path }) {
      const { peer, services, answer } = call;
      const directory = await services.paths.resolve(path);
      if (!(await services.isDirectory(directory))) {
        throw new RemoteError("not_found", `Directory does not exist: ${cutStrings(path)}`);
      }
      const { clientSession } = peer;
      await services.clientSessions.setDirectory(clientSession.id, directory);
      clientSession.directory = directory;
      answer({ type: "ack", message: "Directory set" });
      await answerCommands(call, directory, true);
    },
  },
  message_ack: {
    // Unknown and repeated ids are ignored, and there is no answer in any case: a loss only means another replay.
    turn: "aside",
    async handle({ peer, services }, { message_id: messageId }) {
      try {
        await services.deliveries.acknowledge(peer.clientSession.id, messageId);
      } catch (error) {
        services.log.warn("an acknowledgement could not be stored", { messageId, error });
      }
    },
  },
};
