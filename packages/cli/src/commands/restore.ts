import { answer, defineCommand } from "../harness/command.ts";
import { list, string } from "../harness/json-schema.ts";

export const command = defineCommand({
  path: ["restore"],
  group: "Server",
  summary: "put a backup into an empty PARL_HOME",
  positionals: [{ name: "file", description: "the backup" }],
  options: [
    {
      name: "passphrase-stdin",
      type: "boolean",
      description: "the first line of stdin is the passphrase; at a terminal it is asked for without this",
    },
  ],
  payload: [
    { name: "file", schema: string, presence: "always", description: "the backup as given", input: "file" },
    { name: "home", schema: string, presence: "always", description: "where it was put" },
    { name: "created_at", schema: string, presence: "always", description: "when the backup was made" },
    { name: "files", schema: list(string), presence: "always", description: "what was restored" },
  ],
  errorKinds: ["filesystem", "invalid_input", "invalid_backup", "home_not_empty", "bad_request"],
  examples: [
    "PARL_HOME=/srv/parl parl restore parl.backup",
    "parl restore parl.backup --passphrase-stdin < passphrase.txt",
  ],
  stdout: "envelope",
  run: async (context, args) => {
    const { restore } = await import("../backup/restore.ts");
    return answer(
      await restore(context, args),
      (done) => `Restored ${done.files.join(", ")} of ${done.created_at} to ${done.home}. Next: parl up`,
    );
  },
});
