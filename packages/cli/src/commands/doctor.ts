import { answer, defineCommand } from "../harness/command.ts";
import { boolean, list, nullable, object, oneOf, string } from "../harness/json-schema.ts";

export const command = defineCommand({
  path: ["doctor"],
  group: "Diagnostics",
  summary: "check this installation, up to a message through the server and back",
  positionals: [],
  options: [],
  payload: [
    { name: "ok", schema: boolean, presence: "always", description: "no check failed" },
    {
      name: "checks",
      schema: list(
        object({
          name: string,
          mesh: nullable(string),
          status: oneOf(["ok", "warn", "fail"]),
          message: string,
          hint: nullable(string),
        }),
      ),
      presence: "always",
      description: "one row a check; `mesh` where it is about one",
    },
  ],
  errorKinds: [],
  resultExitCodes: [0, 1],
  examples: ["parl doctor", "parl doctor --json"],
  stdout: "envelope",
  run: async (context) => {
    const { examine } = await import("../doctor/examine.ts");
    const checks = await examine(context);
    const ok = checks.every(({ status }) => status !== "fail");
    const { style } = context;
    const colour = { ok: "green", warn: "yellow", fail: "red" } as const;
    return answer(
      { ok, checks },
      (shown) =>
        shown.checks.flatMap(({ name, mesh, status, message, hint }) => [
          `${style[colour[status]](status.padEnd(4))}  ${name}${mesh === null ? "" : ` (${mesh})`}: ${message}`,
          ...(hint === null ? [] : [`      -> ${hint}`]),
        ]),
      { exitCode: ok ? 0 : 1 },
    );
  },
});
