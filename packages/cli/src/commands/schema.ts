import { answer, defineCommand } from "../harness/command.ts";
import { CommandError } from "../harness/error.ts";
import { list, nullable, object, string } from "../harness/json-schema.ts";
import { nearestNames } from "../harness/nearest.ts";
import { quoteValue } from "../output/escape.ts";

export const command = defineCommand({
  path: ["schema"],
  group: "Diagnostics",
  summary: "print the JSON Schema of a command's output",
  positionals: [
    { name: "topic", required: false, variadic: true, description: "a command; all of them are listed without it" },
  ],
  options: [],
  payload: [
    {
      name: "topic",
      schema: nullable(string),
      presence: "always",
      description: "the command asked about; null for the list",
    },
    { name: "schema_id", schema: string, presence: "optional", description: "id of the schema; only for one command" },
    {
      name: "schema",
      schema: { type: "object" },
      presence: "optional",
      description: "JSON Schema 2020-12; only for one command",
      verbatim: true,
    },
    {
      name: "schemas",
      schema: list(object({ command: string, schema_id: string })),
      presence: "optional",
      description: "all schemas; only for the list",
    },
  ],
  errorKinds: ["schema_not_found"],
  examples: ["parl schema", "parl schema version"],
  stdout: "envelope",
  run: async (context, { topic }) => {
    const reference = await context.reference();
    const words = topic.flatMap((text) => text.split(" ")).filter((word) => word !== "");
    const schemas = reference.schemas();
    if (words.length === 0) {
      return answer({ topic: null, schemas }, (shown) =>
        shown.schemas.map((row) => `${row.command}\t${row.schema_id}`),
      );
    }
    const name = words.join(" ");
    const found = await reference.schema(words);
    if (found === undefined) {
      const near = nearestNames(
        name,
        schemas.map((row) => row.command),
      ).map((candidate) => `\`parl schema ${candidate}\``);
      throw new CommandError({
        kind: "schema_not_found",
        target: name,
        message: `no schema for ${quoteValue(name)}`,
        hint: near.length === 0 ? undefined : `did you mean ${near.join(", ")}?`,
        payload: { topic: name },
      });
    }
    return answer({ topic: name, ...found }, (shown) => JSON.stringify(shown.schema, null, 2));
  },
});
