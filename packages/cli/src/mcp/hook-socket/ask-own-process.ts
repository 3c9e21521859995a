import { connect } from "node:net";
import type { HookRequest } from "../ways-in/hook.ts";
import { MAX_ANSWER_BYTES, type DeliverAnswer } from "./hook-protocol.ts";

/**
 * Asks the `parl mcp` process at `socketPath` and prints what it has. `print` resolves once the text has left this process;
 * only then the hand-over is confirmed ([HOOK-23]). Rejects after `timeoutMs`, and when that process does not answer.
 */
export function askOwnProcess(
  socketPath: string,
  request: HookRequest,
  options: { timeoutMs: number; print: (output: string) => Promise<void> },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let received = "";
    let step: "asked" | "printing" | "confirming" = "asked";
    const finish = (failure?: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const timer = setTimeout(() => finish(new Error(`no answer within ${options.timeoutMs} ms`)), options.timeoutMs);
    const handleLine = async (line: string): Promise<void> => {
      if (step === "confirming") return finish();
      if (step === "printing") return;
      step = "printing";
      const { output } = JSON.parse(line) as DeliverAnswer;
      if (output === null) return finish();
      await options.print(output);
      step = "confirming";
      socket.write(`${JSON.stringify({ op: "confirm" })}\n`);
    };
    socket.setEncoding("utf8");
    socket.once("connect", () => socket.write(`${JSON.stringify({ op: "deliver", ...request })}\n`));
    socket.once("error", finish);
    socket.once("close", () => finish(new Error("the connection was closed")));
    socket.on("data", (chunk: string) => {
      received += chunk;
      if (received.length > MAX_ANSWER_BYTES) return finish(new Error("the answer is too long"));
      const end = received.indexOf("\n");
      if (end < 0) return;
      const line = received.slice(0, end);
      received = received.slice(end + 1);
      handleLine(line).catch((cause: unknown) => finish(cause instanceof Error ? cause : new Error("printing failed")));
    });
  });
}
