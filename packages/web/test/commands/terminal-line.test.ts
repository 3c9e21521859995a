import { expect, test } from "vitest";
import { MAX_LINE_CHARS, readTerminalLine } from "../../src/commands/output/terminal-line.ts";
import { applySgr, plainStyle } from "../../src/commands/output/terminal-style.ts";

const esc = "\u001b";
const spansOf = (raw: string): (string | boolean | undefined)[][] => {
  const { text, spans } = readTerminalLine(raw);
  return spans.map(({ start, end, style }) => [text.slice(start, end), style.ink, style.isBold]);
};

test("a line without controls is itself", () => {
  expect(readTerminalLine("a\tb ü 😀")).toEqual({ text: "a\tb ü 😀", spans: [], style: plainStyle, hiddenChars: 0 });
});

test("colours become spans, and the last one goes on in the next line", () => {
  expect(spansOf(`${esc}[1;31mred${esc}[0m plain ${esc}[32mgreen`)).toEqual([
    ["red", "red", true],
    ["green", "green", false],
  ]);
  const { style } = readTerminalLine(`${esc}[33mbegun`);
  expect(readTerminalLine("goes on", style).spans).toEqual([{ start: 0, end: 7, style }]);
  expect(readTerminalLine(`goes on${esc}[m`, style).style).toBe(plainStyle);
});

test("256 colours and all colours are reduced to inks", () => {
  const inkOf = (parameters: string): string | undefined => applySgr(plainStyle, parameters).ink;
  expect(["38;5;1", "38;5;196", "38;5;21", "38;5;46", "38;5;226", "38;5;201", "38;5;51"].map(inkOf)).toEqual([
    "red",
    "red",
    "blue",
    "green",
    "yellow",
    "magenta",
    "cyan",
  ]);
  expect(["38;5;244", "90", "38;2;128;128;128"].map(inkOf)).toEqual(["gray", "gray", "gray"]);
  // Each of these would vanish in one of the themes.
  expect(["30", "37", "97", "38;5;16", "38;5;231", "38;2;255;255;255"].map(inkOf)).toEqual(Array(6).fill(undefined));
  expect(applySgr(plainStyle, "48;2;255;0;0;1")).toMatchObject({ ground: "red", isBold: true });
  expect(applySgr(plainStyle, "40")).toMatchObject({ ground: "gray" });
  expect(applySgr(plainStyle, "8;999;53")).toBe(plainStyle);
});

test("a carriage return, a backspace and erasing write over what was there", () => {
  expect(readTerminalLine("10%\r20%\r100%").text).toBe("100%");
  expect(readTerminalLine("long text\rshort").text).toBe("shorttext");
  expect(readTerminalLine(`long text\r${esc}[Kshort`).text).toBe("short");
  expect(readTerminalLine(`long text${esc}[2K${esc}[1Gnew`).text).toBe("new      ");
  expect(readTerminalLine("ab\b\bcd").text).toBe("cd");
  expect(readTerminalLine(`${esc}[31mred\rb`).text).toBe("bed");
});

test("titles, links, cursor moves and other controls are dropped, whole or cut off", () => {
  expect(readTerminalLine(`a${esc}]0;title\u0007b${esc}]8;;http://x${esc}\\c${esc}Pq#0${esc}\\d`).text).toBe("abcd");
  expect(readTerminalLine(`a${esc}[2J${esc}[10;10Hb${esc}(Bc\u0000\u0007\u009bd`).text).toBe("abcd");
  expect(readTerminalLine(`a${esc}[31`).text).toBe("a");
  expect(readTerminalLine(`a${esc}`).text).toBe("a");
  expect(readTerminalLine(`a${esc}]0;never ended`).text).toBe("a");
});

test("of a line that is too long the rest is counted, with and without controls", () => {
  const long = "x".repeat(MAX_LINE_CHARS + 5);
  expect(readTerminalLine(long)).toMatchObject({ text: "x".repeat(MAX_LINE_CHARS), hiddenChars: 5 });
  expect(readTerminalLine(`\r${long}`)).toMatchObject({ text: "x".repeat(MAX_LINE_CHARS), hiddenChars: 5 });
  // A cursor far away makes no line longer than that.
  expect(readTerminalLine(`${esc}[999999999Gx`)).toMatchObject({ hiddenChars: 1 });
});
