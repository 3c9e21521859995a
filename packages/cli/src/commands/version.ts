import { answer, defineCommand } from "../harness/command.ts";
import { string } from "../harness/json-schema.ts";

export const command = defineCommand({
  path: ["version"],
  group: "Diagnostics",
  summary: "print the version of this program",
  positionals: [],
  options: [],
  payload: [
    { name: "name", schema: string, presence: "always", description: "name of the program" },
    { name: "version", schema: string, presence: "always", description: "version of the program" },
    { name: "build", schema: string, presence: "always", description: "commit it was built from, or `source`" },
    { name: "runtime", schema: string, presence: "always", description: "what runs it" },
    { name: "runtime_version", schema: string, presence: "always", description: "version of what runs it" },
  ],
  errorKinds: [],
  examples: ["parl --version", "parl version --json"],
  stdout: "envelope",
  run: async ({ product }) => {
    const { version, build, runtime, runtimeVersion } = product;
    const payload = { name: "parl", version, build, runtime, runtime_version: runtimeVersion };
    return answer(payload, (shown) => `${shown.name} ${shown.version}`);
  },
});
