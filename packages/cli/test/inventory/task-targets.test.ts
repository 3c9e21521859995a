import { expect, test } from "vitest";
import { parseTaskfile } from "../../src/inventory/task-targets.ts";

test("[ROW-1] [ROW-2] the tasks of a Taskfile, described by desc, else by their summary", () => {
  const text = `
version: '3'
includes: {other: ./other}
x: &shared {desc: Shared}
tasks:
  build: {desc: Builds it, summary: Longer, cmds: [echo]}
  "ns:test":
    summary: |
      Tests it
      all
  command: echo
  commands: [echo, echo]
  nothing:
  merged: {<<: *shared, cmds: [echo]}
  odd: {desc: [no, text]}
`;

  expect(parseTaskfile(text)).toEqual([
    { name: "build", description: "Builds it" },
    { name: "ns:test", description: "Tests it\nall\n" },
    { name: "command", description: undefined },
    { name: "commands", description: undefined },
    { name: "nothing", description: undefined },
    { name: "merged", description: "Shared" },
    { name: "odd", description: undefined },
  ]);
});

test("[ROW-1] internal tasks, patterns and names task would take for variables are no targets", () => {
  expect(parseTaskfile("tasks: {a: {internal: true}, 'b:*': echo, c=d: echo}\n")).toEqual([]);
});
