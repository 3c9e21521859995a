import { answer, defineCommand } from "../harness/command.ts";
import { helpFields } from "../harness/help.ts";
import { quoteValue } from "../output/escape.ts";

export const command = defineCommand({
  path: ["help"],
  group: "Diagnostics",
  summary: "explain the program or one command",
  positionals: [{ name: "topic", required: false, variadic: true, description: "a command, such as `version`" }],
  options: [],
  payload: helpFields,
  errorKinds: [],
  examples: ["parl --help", "parl help version", "parl help --json"],
  stdout: "envelope",
  run: async (context, { topic }) => {
    const reference = await context.reference();
    const words = topic.flatMap((text) => text.split(" ")).filter((word) => word !== "");
    const page = await reference.help(words);
    if (page === undefined) {
      const name = words.join(" ");
      const names = reference.names(words);
      const { mistakeError } = await import("../harness/usage.ts");
      const choices = names.map((candidate) => `'${candidate}'`).join(", ");
      throw mistakeError({
        message: `argument topic: invalid choice: ${quoteValue(name)} (choose from ${choices})`,
        proposal: { command: "parl help", word: name, names },
      });
    }
    return answer(page.payload, () => page.text);
  },
});
