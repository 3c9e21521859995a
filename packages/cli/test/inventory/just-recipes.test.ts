import { expect, test } from "vitest";
import { parseJustfile } from "../../src/inventory/just-recipes.ts";

const described = (text: string): (string | undefined)[][] =>
  parseJustfile(text).map(({ name, description }) => [name, description]);
const names = (text: string): string[] => parseJustfile(text).map(({ name }) => name);

test("[ROW-2] the comment line right above a recipe describes it, and its doc attribute before that", () => {
  const text = [
    "# Not this one",
    "# Runs the tests",
    "test:",
    "  # nor this",
    "  cargo test",
    "",
    "# Separated",
    "",
    "build:",
    "# Above the attributes",
    "[linux]",
    "[group: 'x']",
    "lint: build",
    "# Not shown",
    `[doc("Says \\"hi\\"")]`,
    "greet:",
    "[no-cd, doc('Plain')]",
    "@quiet:",
  ].join("\n");

  expect(described(text)).toEqual([
    ["test", "Runs the tests"],
    ["build", undefined],
    ["lint", "Above the attributes"],
    ["greet", 'Says "hi"'],
    ["quiet", "Plain"],
  ]);
});

test("[ROW-1] recipes may have parameters, defaults with colons and quotes, and dependencies, over several lines", () => {
  const text = [
    "one target='a:b' *rest=`echo x:y`: two && (three \"it's\")",
    'two $env="q: \\" :=" +more: # don\'t',
    "three a='''",
    "first: x",
    '\'\'\' b="""second: y""":',
    "four \\",
    "  arg:",
    "five-and_6:",
  ].join("\n");

  expect(names(text)).toEqual(["one", "two", "three", "four", "five-and_6"]);
});

test.each([
  ["private recipes", "_a:\n[private]\nb:\n[no-cd, private]\nc x:\n[unix]\n[private]\n@d:\n"],
  ["assignments", "x := 'a:b'\nexport Y := `c: d`\nz:='e'\n"],
  [
    "what is quoted over several lines",
    'x := \'\'\'\na:\n\'\'\'\ny := "\nb:\n"\nz := `\nc:\n`\nw := """\nd:\\"""\ne:\n"""\n',
  ],
  [
    "aliases, settings, modules and imports",
    "alias a := b\nset shell := ['sh']\nset quiet\nmod c\nmod? d 'e:f'\nimport 'g:h'\n",
  ],
  ["bodies", "    a:\n\tb:\n"],
  ["comments", "# a:\n#b: '\n"],
  ["names just does not allow", "1a:\n-b:\na.b:\n"],
])("[ROW-1] %s are no targets", (_, text) => {
  expect(names(text)).toEqual([]);
});

test("[ROW-1] a quotation that never ends makes the file unusable", () => {
  expect(() => names("a:\nx := '''\nb:\n")).toThrow("a quotation in it is not closed");
});

test.each([
  ["open quotation", `x := '\n${"a:\n".repeat(300_000)}'`],
  ["continued lines", `${"a \\\n".repeat(250_000)}:`],
  ["quotation marks", `x := ${"'' ".repeat(300_000)}`],
  ["attributes", "[doc(".repeat(200_000)],
])("[ROW-4] a megabyte of %s is read in one pass", (_, text) => {
  expect(names(text).length).toBeLessThanOrEqual(1);
});
