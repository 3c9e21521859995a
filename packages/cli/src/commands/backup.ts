import { answer, defineCommand } from "../harness/command.ts";
import { boolean, count, list, string } from "../harness/json-schema.ts";

export const command = defineCommand({
  path: ["backup"],
  group: "Server",
  summary: "copy database, config and admin token to one file while the server runs",
  positionals: [],
  options: [
    {
      name: "out",
      type: "string",
      placeholder: "FILE",
      required: true,
      description: "the file to write (0600); must not exist",
    },
    {
      name: "passphrase-stdin",
      type: "boolean",
      description: "encrypt with the first line of stdin; at a terminal it is asked for without this",
    },
  ],
  payload: [
    { name: "path", schema: string, presence: "always", description: "the file written" },
    { name: "bytes", schema: count, presence: "always", description: "its size" },
    { name: "encrypted", schema: boolean, presence: "always", description: "it needs its passphrase to be restored" },
    { name: "files", schema: list(string), presence: "always", description: "what it holds" },
  ],
  errorKinds: ["filesystem", "invalid_input", "bad_request"],
  examples: ["parl backup --out parl.backup", "parl backup --out parl.backup --passphrase-stdin < passphrase.txt"],
  stdout: "envelope",
  run: async (context, args) => {
    const { backUp } = await import("../backup/back-up.ts");
    return answer(
      await backUp(context, args),
      (done) =>
        `Wrote ${done.files.join(", ")} to ${done.path} (${done.bytes} bytes, ${done.encrypted ? "encrypted" : "not encrypted"}).`,
    );
  },
});
