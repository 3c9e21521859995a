import { expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { run, type InProcessRun } from "../support/run-in-process.ts";

const read = (...args: string[]): Promise<InProcessRun> => run(["deep-link-mode", ...args], { table: commandTable });

test("[TXT-1] [CMD-deep-link-mode-1] a link of a known kind is 0, another 1, and what is no link 0 with a hint", async () => {
  expect(await read("parl://session/review-1")).toMatchObject({
    stdout: "mode=deep-link\ntarget=parl://session/review-1\nactive=True\nopens=the stored session review-1\n",
    stderr: "",
    status: 0,
  });
  expect(await read("parl://nosuch/x")).toMatchObject({
    stdout: "mode=deep-link\ntarget=parl://nosuch/x\nactive=False\n",
    stderr: "",
    status: 1,
  });
  const { stdout, status } = await read("review-1");
  expect({ status, last: stdout.trimEnd().split("\n").at(-1) }).toEqual({
    status: 0,
    last: "hint=give a link that starts with parl://, such as parl://session/ID",
  });
});
