import { expect, test } from "vitest";
import { createProject, load } from "./support/project.ts";

/** The responsibility of the only skill, whose SKILL.md has this text. */
async function describedBy(text: string): Promise<string | undefined> {
  const workingDirectory = createProject({ ".claude/skills/only/SKILL.md": text });
  const { inventory } = await load({ workingDirectory });
  return inventory.commands.find(({ kind }) => kind === "skill")?.responsibility;
}

test.each([
  ["on one line", "description: Reviews a change", "Reviews a change"],
  ["with a colon, which YAML forbids", "description: Use when: reviewing", "Use when: reviewing"],
  ["with a comment", "description: Reviews # not this", "Reviews"],
  ["in single quotes", "description: 'It''s: fine'", "It's: fine"],
  ["in double quotes", 'description: "Caf\\u00e9 \\"x\\""', 'Café "x"'],
  ["folded", "description: >-\n  One\n  two\nother: x", "One two"],
  ["literal", "description: |\n  One\n  two", "One two"],
  ["over several lines", "description: One\n  two\n  three\nother: x", "One two three"],
  ["before another key", "description: First\nname: only", "First"],
])("[ROW-2] a description %s is read", async (_, line, expected) => {
  expect(await describedBy(`---\nname: only\n${line}\n---\n# Body\ndescription: body\n`)).toBe(expected);
  expect(await describedBy(`---\r\n${line.replaceAll("\n", "\r\n")}\r\n---\r\nBody`)).toBe(expected);
});

test.each([
  ["no front matter", "# Title\ndescription: x\n"],
  ["front matter that does not end", "---\ndescription: x\n"],
  ["no description", "---\nname: only\n---\ndescription: x\n"],
  ["an empty description", "---\ndescription:\n---\n"],
  ["a description that is no text", "---\ndescription: [a]\n---\n"],
  ["the key only inside another", "---\nmeta:\n  description: x\n---\n"],
  ["nothing", ""],
])("[ROW-2] a skill with %s is there without one", async (_, text) => {
  expect(await describedBy(text)).toBe("Runs target only of SKILL.md");
});

test("[ROW-1] skills of a folder are ordered by the code points of their names", async () => {
  const names = ["b", "a", "B", "\u{10000}", "\uffff"];
  const files = Object.fromEntries(names.map((name) => [`.claude/skills/${name}/SKILL.md`, ""]));
  const { inventory } = await load({ workingDirectory: createProject(files) });

  // On a file system that ignores case, `b` and `B` are one folder.
  const found = inventory.commands
    .filter(({ kind }) => kind === "skill")
    .map(({ sourceHint }) => sourceHint.split("/")[1]);
  expect(found.filter((name) => name !== "b" && name !== "B")).toEqual(["a", "\uffff", "\u{10000}"]);
});
