export interface Style {
  readonly enabled: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** Colours for text mode; with `enabled` false every function returns its input, so no ANSI is ever written [CLI-2]. */
export function createStyle(enabled: boolean): Style {
  const paint =
    (open: number, close: number) =>
    (text: string): string =>
      enabled && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    enabled,
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

/** ANSI is wanted only on a terminal that can show it and where `NO_COLOR` is absent or empty [CLI-2]. */
export function wantsColour(options: {
  readonly isTerminal: boolean;
  readonly noColor: string | undefined;
  readonly term: string | undefined;
}): boolean {
  const refused = options.noColor !== undefined && options.noColor !== "";
  return options.isTerminal && !refused && options.term !== "dumb";
}
