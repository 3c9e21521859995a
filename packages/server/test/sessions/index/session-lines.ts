/** Lines of session files, as small as they can be. */
export const idOf = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;

const START = Date.UTC(2026, 2, 1, 9);

export interface LineFields {
  readonly cwd?: string | undefined;
  readonly time?: string | undefined;
  readonly parent?: string | null | undefined;
  readonly [field: string]: unknown;
}

export function prompt(number: number, text: string, fields: LineFields = {}): string {
  return line(number, fields, { type: "user", message: { role: "user", content: text } });
}

export function reply(number: number, text: string, fields: LineFields = {}): string {
  const content = [{ type: "text", text }];
  const usage = { input_tokens: 12, output_tokens: 7, cache_read_input_tokens: 100 };
  const message = { role: "assistant", model: "claude-opus-5-5", content, stop_reason: "end_turn", usage };
  return line(number, fields, { type: "assistant", message });
}

/** A record that is in no log. */
export function loose(type: string, fields: Record<string, unknown> = {}): string {
  return `${JSON.stringify({ type, ...fields })}\n`;
}

/** `count` lines, numbered from `first`, prompts and replies in turn. */
export function talk(first: number, count: number, fields: LineFields = {}): string {
  let text = "";
  for (let number = first; number < first + count; number++) {
    text +=
      number % 2 === 1 ? prompt(number, `prompt number ${number}`, fields) : reply(number, `reply ${number}`, fields);
  }
  return text;
}

function line(number: number, fields: LineFields, record: Record<string, unknown>): string {
  const { time, parent, ...rest } = fields;
  const cwd = "cwd" in fields ? fields.cwd : "/home/anna/shop";
  return `${JSON.stringify({
    parentUuid: parent === undefined ? (number > 1 ? idOf(number - 1) : null) : parent,
    isSidechain: false,
    ...record,
    uuid: idOf(number),
    timestamp: time ?? new Date(START + number * 1_000).toISOString(),
    cwd,
    ...rest,
  })}\n`;
}
