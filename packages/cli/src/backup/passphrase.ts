import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";

const maxBytes = 4_096;

/** The first line of stdin. Errors: `invalid_input` when it is empty or longer than 4,096 bytes. */
export async function readPassphrase(context: Pick<CommandContext, "readStdin">): Promise<string> {
  const [line = ""] = (await context.readStdin({ maxBytes })).split(/\r?\n/u);
  if (line !== "") return line;
  throw new CommandError({
    kind: "invalid_input",
    operation: "read_passphrase",
    target: "stdin",
    message: "no passphrase came on stdin",
    hint: "write it to stdin as one line, for example `--passphrase-stdin < FILE`",
  });
}

/** Asks at the terminal without showing what is typed; undefined when the answer is empty. Errors: `interrupted`. */
export async function askPassphrase(
  context: Pick<CommandContext, "terminal">,
  question: string,
): Promise<string | undefined> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({ message: question, input: context.terminal.input, output: context.terminal.output });
  if (isCancel(answer)) {
    throw new CommandError({
      kind: "interrupted",
      operation: "read_passphrase",
      message: "no passphrase was given; nothing was done",
    });
  }
  return answer === undefined || answer === "" ? undefined : answer;
}
