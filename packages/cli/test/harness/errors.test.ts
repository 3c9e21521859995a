import { describe, expect, test } from "vitest";
import { filesystemError } from "../../src/harness/error.ts";
import { toErrorObject } from "../../src/harness/error-report.ts";
import { errorOf, run } from "../support/run-in-process.ts";

describe("error object", () => {
  test("[ERR-1] its keys come in the documented order, a hint is never empty", async () => {
    const { json } = await run(["fail", "full", "--json"]);
    const keys = ["kind", "category", "operation", "target", "retryable", "message", "hint", "errno"];

    expect(Object.keys(errorOf(json()))).toEqual(keys);
    expect(errorOf(json())).toMatchObject({
      kind: "filesystem",
      category: "filesystem",
      operation: "write",
      target: "/somewhere/file.json",
      retryable: true,
      errno: "ENOSPC",
    });
    expect(errorOf(json())["hint"]).not.toBe("");
  });

  test.each([
    ...["EAGAIN", "EBUSY", "EINTR", "EIO", "EMFILE", "ENFILE", "ENOSPC", "EDQUOT", "ETIMEDOUT"].map(
      (code) => [code, true] as const,
    ),
    ...["EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR", "ELOOP", "ENAMETOOLONG", "EXDEV"].map(
      (code) => [code, false] as const,
    ),
  ])("[ERR-4] %s is retryable: %s", (code, retryable) => {
    const cause = Object.assign(new Error(code), { code, syscall: "open", path: "/x" });
    const error = toErrorObject(filesystemError(cause), "turn");

    expect(error).toMatchObject({ kind: "filesystem", retryable, errno: code, operation: "open", target: "/x" });
    expect(error.hint).not.toBe("");
  });

  test("[ERR-2] message is one line, target is cut to 1,024 characters", async () => {
    const error = errorOf((await run(["fail", "long", "--json"])).json());

    expect(error["message"]).toBe("a\\nb\\x1b[31mc");
    expect(error["target"]).toBe(`${"t".repeat(1023)}…`);
  });

  test("[ERR-2] a failed system call nobody caught is `filesystem`, not a stack trace", async () => {
    const { json, status } = await run(["fail", "unreadable", "--json"]);

    expect(status).toBe(1);
    expect(errorOf(json())).toMatchObject({
      kind: "filesystem",
      errno: "EACCES",
      target: "/root/secret",
      retryable: false,
    });
  });

  test("[ERR-7] an error met before there is a result repeats the inputs, null where not given", async () => {
    const given = await run(["fail", "timeout", "--session-id", "abc", "--json"]);
    const absent = await run(["fail", "timeout", "--json"]);

    expect(Object.keys(given.json()).slice(5)).toEqual(["how", "session_id", "error"]);
    expect(given.json()).toMatchObject({ how: "timeout", session_id: "abc" });
    expect(absent.json()["session_id"]).toBeNull();
  });
});

describe("exit status", () => {
  test("[EXIT-1] [EXIT-2] the same outcome gives the same status in both modes, usage errors excepted", async () => {
    const cases: [string, number, number][] = [
      ["nothing", 0, 0],
      ["full", 1, 1],
      ["probe", 1, 1],
      ["defect", 1, 1],
      ["timeout", 2, 2],
      ["usage", 2, 1],
    ];
    for (const [how, text, json] of cases) {
      expect([how, (await run(["fail", how])).status]).toEqual([how, text]);
      expect([how, (await run(["fail", how, "--json"])).status]).toEqual([how, json]);
    }
  });

  test("[ENV-5] the status equals `exit_code`", async () => {
    for (const how of ["nothing", "full", "probe", "defect", "timeout", "usage"]) {
      const { json, status } = await run(["fail", how, "--json"]);
      expect(json()["exit_code"]).toBe(status);
    }
  });

  test("[EXIT-1] a status the product does not know is a defect", async () => {
    expect(errorOf((await run(["fail", "status", "--json"])).json())["kind"]).toBe("internal");
  });

  test("[EXIT-3] help of the program and of a command says that 2 is ambiguous in text mode", async () => {
    for (const argv of [["--help"], ["turn", "--help"]]) {
      expect((await run(argv)).stdout).toMatch(
        /2 is a timeout in json mode,\nbut a timeout or a usage error in text mode/,
      );
    }
  });

  test("[ARG-6] a usage error found by the command itself looks like any other", async () => {
    const text = await run(["fail", "usage"]);

    expect(text.stdout).toBe("");
    expect(text.stderr).toMatch(/^usage: parl fail HOW \[options\]\nparl: error: argument how: invalid value: 'usage'/);
  });
});

describe("text mode", () => {
  test("[ERR-6] a harness command prints its error on stdout and keeps stderr empty", async () => {
    expect(await run(["fail", "timeout"])).toMatchObject({ stdout: "error: make took too long\n", stderr: "" });
    expect(await run(["fail", "sentence"])).toMatchObject({ stdout: "Session not found\n", stderr: "", status: 1 });
  });

  test("[ERR-6] the hint is added on stderr when that is a terminal", async () => {
    const { stdout, stderr } = await run(["fail", "timeout"], { terminal: { stderr: true } });

    expect(stdout).toBe("error: make took too long\n");
    expect(stderr).toBe("hint: give a larger `--timeout-seconds`\n");
  });

  test("[ERR-6] [CLI-2] other commands print `parl: MESSAGE` on stderr", async () => {
    const plain = await run(["mesh-fail", "timeout"]);
    const sentence = await run(["mesh-fail", "sentence"]);

    expect(plain).toMatchObject({ stdout: "", status: 2 });
    expect(plain.stderr).toMatch(/^parl: make took too long\nhint: .+\n$/);
    expect(sentence.stdout).toBe("Session not found\n");
    expect(sentence.stderr).toMatch(/^parl: session '' not found\n/);
  });

  test("[CLI-2] control characters of peers are escaped, and colours appear only where they are wanted", async () => {
    const terminal = { stdout: true };
    const plain = await run(["inbox"]);
    const coloured = await run(["inbox"], { terminal, env: { TERM: "xterm" } });
    const refused = await run(["inbox"], { terminal, env: { TERM: "xterm", NO_COLOR: "1" } });
    const dumb = await run(["inbox"], { terminal, env: { TERM: "dumb" } });

    for (const { stdout } of [plain, refused, dumb]) {
      expect(stdout).not.toContain("\u001b");
      expect(stdout).toContain("\\x1b[2J\\x07\\r\nnext");
    }
    expect(coloured.stdout).toMatch(/^\u001b\[1mhttp:\/\/\*\*\*@host\u001b\[22m: /);
    expect(coloured.stdout).not.toContain("\u001b[2J");
  });
});
