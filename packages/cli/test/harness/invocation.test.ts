import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandTable } from "../support/injected-commands.ts";
import { errorOf, run } from "../support/run-in-process.ts";

describe("commands", () => {
  test("[ARG-8] an unknown command is an invalid choice and all command names are listed", async () => {
    const { json } = await run(["bogus", "--json"]);
    const message = String(errorOf(json())["message"]);

    expect(message).toContain("invalid choice: 'bogus'");
    for (const name of Object.keys(commandTable)) expect(message).toContain(`'${name}'`);
  });

  test("[ARG-7] `command` of a usage error is the recognised command, else the first argument, else `<missing>`", async () => {
    const cases: [string[], string][] = [
      [["turn", "--json"], "turn"],
      [["mesh", "create", "--json"], "mesh create"],
      [["mesh", "--json"], "mesh"],
      [["mesh", "bogus", "--json"], "mesh"],
      [["bogus", "--json"], "bogus"],
      [["--json"], "<missing>"],
      [["--bogus", "--json"], "<missing>"],
      [["constructor", "--json"], "constructor"],
    ];
    for (const [argv, command] of cases) {
      const { json, stderr, status } = await run(argv);
      expect(json()).toMatchObject({ command, exit_code: 1, error: { kind: "parse", target: command } });
      expect({ stderr, status }).toEqual({ stderr: "", status: 1 });
    }
  });

  test("[ARG-8] a missing command is said to be required", async () => {
    const { json } = await run(["--json"]);

    expect(errorOf(json())["message"]).toBe("the following arguments are required: command");
  });

  test("[ARG-6] `parl` alone is a usage error, except at a terminal, where it runs `parl welcome`", async () => {
    const elsewhere = await run([]);
    const halfTerminal = await run([], { terminal: { stdout: true } });
    const atTerminal = await run([], { terminal: { stdin: true, stdout: true } });

    expect(elsewhere).toMatchObject({ status: 2, stdout: "" });
    expect(elsewhere.stderr).toMatch(/^usage: parl/);
    expect(elsewhere.stderr).toContain("parl: error: the following arguments are required: command");
    expect(elsewhere.stderr).toContain("parl welcome");
    expect(halfTerminal.status).toBe(2);
    expect(atTerminal).toMatchObject({ status: 0, stdout: "next: parl up\n" });
  });

  test("[ARG-8] a family of actions without, or with an unknown, action lists the actions", async () => {
    const alone = await run(["mesh", "--json"]);
    const unknown = await run(["mesh", "crate", "--json"]);

    expect(errorOf(alone.json())["message"]).toBe(
      "the following arguments are required: action (choose from 'create', 'list')",
    );
    expect(errorOf(unknown.json())["message"]).toBe(
      "argument action: invalid choice: 'crate' (choose from 'create', 'list')",
    );
    expect(errorOf(unknown.json())["hint"]).toBe("did you mean `parl mesh create`?");
  });

  test("[ENV-3] `command` of a two-level command has its words joined by one space", async () => {
    expect((await run(["mesh", "list", "--json"])).json()["command"]).toBe("mesh list");
    expect((await run(["mesh", "--json", "list"])).json()["command"]).toBe("mesh list");
  });

  test("[ARG-1] a word may be a command and have actions", async () => {
    expect((await run(["devices"])).stdout).toBe("devices: \n");
    expect((await run(["devices", "phone"])).stdout).toBe("devices: phone\n");
    expect((await run(["devices", "revoke", "phone"])).stdout).toBe("devices-revoke: phone\n");
  });

  test("[ARG-11] an unknown command is never run, and near names are proposed by distance, then name", async () => {
    const hint = async (word: string) => errorOf((await run([word, "--json"])).json())["hint"];

    expect(await hint("versoin")).toBe("did you mean `parl version`?");
    expect(await hint("mes")).toBe("did you mean `parl mesh`, `parl ids`, `parl mesh-fail`?");
    expect(await hint("tell me a joke")).toBe("run `parl --help` to see all commands");
  });

  test("[ARG-12] `--version` and `-v` print name and version, in json mode the whole truth", async () => {
    for (const argv of [["--version"], ["-v"], ["version"]]) {
      expect(await run(argv)).toMatchObject({ stdout: "parl 1.2.3\n", status: 0 });
    }
    expect((await run(["--version", "--json"])).json()).toMatchObject({
      command: "version",
      name: "parl",
      version: "1.2.3",
      build: "source",
      runtime: "node",
      runtime_version: "24.0.0",
    });
  });
});

describe("format", () => {
  const formatOf = async (argv: string[], env: Record<string, string> = {}): Promise<string> =>
    (await run(argv, { env })).stdout.startsWith("{") ? "json" : "text";

  test("[ENV-1] [ARG-9] [ARG-13] flag beats variable, the last flag wins, the default is text", async () => {
    const json = { PARL_OUTPUT_FORMAT: "json" };

    expect(await formatOf(["turn", "x"])).toBe("text");
    expect(await formatOf(["turn", "x", "--json"])).toBe("json");
    expect(await formatOf(["turn", "x", "--output-format=json"])).toBe("json");
    expect(await formatOf(["turn", "x", "--output-format", "json"])).toBe("json");
    expect(await formatOf(["turn", "x"], json)).toBe("json");
    expect(await formatOf(["turn", "x", "--output-format", "text"], json)).toBe("text");
    expect(await formatOf(["turn", "x", "--json", "--output-format", "text"])).toBe("text");
    expect(await formatOf(["turn", "x", "--output-format", "text", "--json"])).toBe("json");
    expect(await formatOf(["turn", "x"], { PARL_OUTPUT_FORMAT: "" })).toBe("text");
  });

  test("[ARG-9] nothing after `--` is a format flag", async () => {
    const { stdout } = await run(["turn", "--", "--json"]);

    expect(stdout).toBe("--json\n5\n");
  });

  test("[ARG-9] an unknown flag value is a usage error in the format of the remaining sources", async () => {
    const message = "argument --output-format: invalid choice: 'xml' (choose from 'text', 'json')";
    const byDefault = await run(["turn", "x", "--output-format", "xml"]);
    const byFlag = await run(["turn", "x", "--json", "--output-format=xml"]);
    const byVariable = await run(["turn", "x", "--output-format=xml"], { env: { PARL_OUTPUT_FORMAT: "json" } });

    expect(byDefault.stderr).toContain(message);
    expect(byDefault.status).toBe(2);
    for (const { json, status } of [byFlag, byVariable]) {
      expect(errorOf(json())["message"]).toBe(message);
      expect(json()["command"]).toBe("turn");
      expect(status).toBe(1);
    }
    expect((await run(["turn", "x", "--output-format", "JSON"])).status).toBe(2);
  });

  test("[ARG-8] [ARG-9] a format flag without its value is a usage error", async () => {
    expect((await run(["turn", "x", "--output-format"])).stderr).toContain(
      "argument --output-format: expected one argument",
    );
  });

  test("[ARG-9] an unknown value of the variable is a usage error naming it, but not for help and version", async () => {
    const env = { PARL_OUTPUT_FORMAT: "yaml" };

    expect((await run(["turn", "x"], { env })).stderr).toContain("PARL_OUTPUT_FORMAT");
    expect((await run(["turn", "x"], { env })).status).toBe(2);
    expect((await run(["turn", "x", "--json"], { env })).status).toBe(0);
    expect((await run(["turn", "--help"], { env })).status).toBe(0);
    expect((await run(["--version"], { env })).status).toBe(0);
  });

  test("[ARG-10] a text-only command has no format option and ignores the variable", async () => {
    const plain = await run(["summary"], { env: { PARL_OUTPUT_FORMAT: "json" } });
    const asJson = await run(["summary", "--json"]);
    const before = await run(["--output-format=json", "summary"]);
    const asText = await run(["summary", "--output-format", "text"]);

    expect(plain).toMatchObject({ stdout: "# Summary\n", status: 0 });
    expect(asJson.json()).toMatchObject({ command: "summary", exit_code: 1 });
    expect(errorOf(asJson.json())["message"]).toBe("unrecognized arguments: --json");
    expect(errorOf(before.json())["message"]).toBe("unrecognized arguments: --output-format=json");
    expect(asText).toMatchObject({ stdout: "", status: 2 });
    expect(asText.stderr).toContain("unrecognized arguments: --output-format text");
  });

  test("[CLI-1] `hook` obeys a format flag of its own command line, never the variable", async () => {
    const env = { PARL_OUTPUT_FORMAT: "json" };

    expect((await run(["hook", "report"], { env })).stdout).toBe("");
    expect((await run(["hook", "report"], { env: { PARL_OUTPUT_FORMAT: "yaml" } })).status).toBe(0);
    expect((await run(["hook", "report", "--json"])).json()).toMatchObject({ command: "hook report", reported: true });
  });
});

/** Which of the allowed kinds of answer this is; anything else is named as it is. */
function kindOfAnswer({ stdout, stderr, status, lines, json }: Awaited<ReturnType<typeof run>>): string {
  if (stdout.startsWith('{"timestamp"')) {
    const isWhole = lines().length === 1 && json()["exit_code"] === status && status !== 2 && stderr === "";
    return isWhole && errorOf(json())["kind"] !== "internal" ? "envelope" : stdout + stderr;
  }
  if (stderr.startsWith("usage: parl")) {
    const isWhole = stdout === "" && status === 2 && /\nparl: error: .+\nhint: .+\n$/.test(stderr);
    return isWhole ? "usage error" : stdout + stderr;
  }
  return stderr.includes("incident") ? stderr : "text";
}

test("[ARG-6] [ARG-7] [ENV-5] [EXIT-1] random arguments give one envelope, or text, or a usage error with empty stdout", async () => {
  const words = [
    "turn",
    "fail",
    "mesh",
    "create",
    "devices",
    "revoke",
    "help",
    "schema",
    "version",
    "summary",
    "inbox",
  ];
  const flags = ["--json", "--output-format", "xml", "--limit", "--limit=x", "--", "-", "--help", "--bogus", "-d", ""];
  const argument = fc.oneof(fc.constantFrom(...words), fc.constantFrom(...flags), fc.string({ unit: "binary" }));
  await fc.assert(
    fc.asyncProperty(fc.array(argument, { maxLength: 6 }), fc.constantFrom("text", "json"), async (argv, format) => {
      const result = await run(argv, { env: { PARL_OUTPUT_FORMAT: format } });

      expect([0, 1, 2, 130]).toContain(result.status);
      expect(["envelope", "usage error", "text"]).toContain(kindOfAnswer(result));
    }),
    { numRuns: 400 },
  );
});
