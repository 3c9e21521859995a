/** How programs ask for colours (SGR), reduced to the few inks that are legible in both themes. */

export type Ink = "red" | "green" | "yellow" | "blue" | "magenta" | "cyan" | "gray";

export interface TerminalStyle {
  /** Undefined: the text's own colour. So are black and white, each of which would vanish in one of the themes. */
  readonly ink: Ink | undefined;
  readonly ground: Ink | undefined;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isItalic: boolean;
  readonly isUnderlined: boolean;
  readonly isStruck: boolean;
  readonly isInverse: boolean;
}

export const plainStyle: TerminalStyle = {
  ink: undefined,
  ground: undefined,
  isBold: false,
  isDim: false,
  isItalic: false,
  isUnderlined: false,
  isStruck: false,
  isInverse: false,
};

const basic: readonly (Ink | undefined)[] = [undefined, "red", "green", "yellow", "blue", "magenta", "cyan", undefined];
const cubeLevels = [0, 95, 135, 175, 215, 255];

/** The style after a sequence `ESC [ parameters m`. What is unknown changes nothing; hidden text stays to be seen. */
export function applySgr(style: TerminalStyle, parameters: string): TerminalStyle {
  const codes = parameters.split(/[;:]/).map((part) => (part === "" ? 0 : Number(part)));
  let next = style;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const { ink, taken } = extendedInk(codes, at + 1);
      at += taken;
      next = code === 38 ? { ...next, ink } : { ...next, ground: ink ?? "gray" };
    } else next = applyCode(next, code);
  }
  return isPlain(next) ? plainStyle : next;
}

export function isPlain(style: TerminalStyle): boolean {
  return (Object.keys(plainStyle) as (keyof TerminalStyle)[]).every((key) => style[key] === plainStyle[key]);
}

function applyCode(style: TerminalStyle, code: number): TerminalStyle {
  switch (code) {
    case 0:
      return plainStyle;
    case 1:
      return { ...style, isBold: true };
    case 2:
      return { ...style, isDim: true };
    case 3:
      return { ...style, isItalic: true };
    case 4:
    case 21:
      return { ...style, isUnderlined: true };
    case 7:
      return { ...style, isInverse: true };
    case 9:
      return { ...style, isStruck: true };
    case 22:
      return { ...style, isBold: false, isDim: false };
    case 23:
      return { ...style, isItalic: false };
    case 24:
      return { ...style, isUnderlined: false };
    case 27:
      return { ...style, isInverse: false };
    case 29:
      return { ...style, isStruck: false };
    case 39:
      return { ...style, ink: undefined };
    case 49:
      return { ...style, ground: undefined };
    default:
  }
  if (code >= 30 && code <= 37) return { ...style, ink: basic[code - 30] };
  if (code >= 90 && code <= 97) return { ...style, ink: code === 90 ? "gray" : basic[code - 90] };
  // A ground is always seen, so black and white become one that both themes have.
  if (code >= 40 && code <= 47) return { ...style, ground: basic[code - 40] ?? "gray" };
  if (code >= 100 && code <= 107) return { ...style, ground: basic[code - 100] ?? "gray" };
  return style;
}

/** `5;n` of 256 colours, `2;r;g;b` of all; `taken` is how many numbers that was. */
function extendedInk(codes: readonly number[], at: number): { ink: Ink | undefined; taken: number } {
  if (codes[at] === 5) return { ink: inkOf256(codes[at + 1] ?? 0), taken: 2 };
  if (codes[at] === 2) {
    return { ink: inkOfRgb(codes[at + 1] ?? 0, codes[at + 2] ?? 0, codes[at + 3] ?? 0), taken: 4 };
  }
  return { ink: undefined, taken: 0 };
}

function inkOf256(index: number): Ink | undefined {
  if (index < 8) return basic[index];
  if (index < 16) return index === 8 ? "gray" : basic[index - 8];
  if (index >= 232) {
    const level = 8 + (index - 232) * 10;
    return inkOfRgb(level, level, level);
  }
  const cube = index - 16;
  const level = (step: number): number => cubeLevels[step % 6] ?? 0;
  return inkOfRgb(level(Math.floor(cube / 36)), level(Math.floor(cube / 6)), level(cube));
}

function inkOfRgb(red: number, green: number, blue: number): Ink | undefined {
  const most = Math.max(red, green, blue);
  const span = most - Math.min(red, green, blue);
  if (span < 40) return most > 70 && most < 190 ? "gray" : undefined;
  const hue = hueOf({ red, green, blue, most, span });
  if (hue < 25 || hue >= 340) return "red";
  if (hue < 75) return "yellow";
  if (hue < 165) return "green";
  if (hue < 200) return "cyan";
  if (hue < 262) return "blue";
  return "magenta";
}

function hueOf(colour: { red: number; green: number; blue: number; most: number; span: number }): number {
  const { red, green, blue, most, span } = colour;
  if (most === red) return (((green - blue) / span) * 60 + 360) % 360;
  return most === green ? ((blue - red) / span) * 60 + 120 : ((red - green) / span) * 60 + 240;
}
