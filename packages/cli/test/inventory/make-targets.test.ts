import { expect, test } from "vitest";
import { parseMakefile } from "../../src/inventory/make-targets.ts";

const described = (text: string): (string | undefined)[][] =>
  parseMakefile(text).map(({ name, description }) => [name, description]);
const names = (text: string): string[] => parseMakefile(text).map(({ name }) => name);

test("[ROW-2] a comment behind the prerequisites describes a target, else the comment lines right above it", () => {
  const text = [
    "# Unrelated, at the top.",
    "",
    "# Runs the tests",
    "# of everything",
    ".PHONY: test",
    "test: deps",
    "\t# not this",
    "# Above",
    "build: deps ## Builds it",
    "clean:# Cleans",
    "bare:",
    "inline: ; rm -rf x # the shell's",
    "joined: \\",
    "  deps \\",
    "  more # At the end",
  ].join("\n");

  expect(described(text)).toEqual([
    ["test", "Runs the tests of everything"],
    ["build", "Builds it"],
    ["clean", "Cleans"],
    ["bare", undefined],
    ["inline", undefined],
    ["joined", "At the end"],
  ]);
});

test("[ROW-1] every target of a rule is one row, also with double and grouped colons, several rules, and CRLF", () => {
  expect(names("a b c: d\r\n\r\na: e\r\nd:: f\r\nx.c x.h &: y\r\n")).toEqual(["a", "b", "c", "d", "x.c", "x.h"]);
  expect(described("a: b\n# Later\na: c\n")).toEqual([["a", "Later"]]);
});

test("[ROW-1] names may have what make allows, backslashes taken away", () => {
  expect(names(String.raw`dir/file.o größe a\ b c\:d e\#f ./.x: y`)).toEqual([
    ...["dir/file.o", "größe", "a b", "c:d", "e#f", "./.x"],
  ]);
});

test.each([
  ["special targets and hidden names", ".PHONY: a\n.DEFAULT:\n.c.o:\n.hidden: x\n"],
  ["pattern rules", "%.o: %.c\nlib%: x\n"],
  ["names made of variables", "$(X): y\n${Y}/z: y\n$(foreach x,a:b,c): d\n"],
  ["assignments", "A=b:c\nA = b\nB := c: d\nC ::= c\nD :::= d\nE ?= e:f\nF += f\nG != date: x\n"],
  ["assignments with words before them", "export A := b\noverride B = c: d\noverride export C ?= x:y\n"],
  ["variables of one target", "a: X = 1\nb: Y := 2\nc: private Z += 3\nd: export W ?= 4\n"],
  ["directives", "include a:b\n-include c:d\nifeq (a:b,c)\nelse ifdef x:y\nendif\nvpath %.c a:b\nexport A B:C\n"],
  ["recipes", "\ta: b\n\tc: d\n"],
  ["definitions", "define A\nb: c\nendef\noverride define B\nd: e\nendef\n"],
  ["definitions within another", "define A\ndefine B\nendef\nb: c\nendef\n"],
  ["names make would take for variables", "a=b: c\n"],
  ["comments", "# a: b\n#c: d \\\ne: f\n"],
  ["lines without a colon", "hello world\n\n$(info a: b)\n"],
])("[ROW-1] %s are no targets", (_, text) => {
  expect(names(text)).toEqual([]);
});

test("[ROW-1] targets of both branches of a condition count, and targets named like directives", () => {
  expect(names("ifdef X\na:\nelse\nb:\nendif\nexport:\ninclude: x\ndefine: y\n")).toEqual([
    "a",
    "b",
    "export",
    "include",
  ]);
});

test.each([
  ["backslashes that are not at the end", `${"\\".repeat(1_000_000)}x`],
  ["continued lines", "a \\\n".repeat(200_000)],
  ["comments above a rule of many names", `${"# word\n".repeat(70_000)}${"a ".repeat(200_000)}:\n`],
  ["opening brackets", "(".repeat(1_000_000)],
  ["equal names", `${"a ".repeat(500_000)}: b`],
  ["white space", `${" ".repeat(500_000)}a${" ".repeat(500_000)}`],
])("[ROW-4] a megabyte of %s is read in one pass", (_, text) => {
  expect(names(text).length).toBeLessThanOrEqual(1);
});
