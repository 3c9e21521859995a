import { basename } from "node:path";

const MAX_CODE_POINTS = 60;

export interface NameSources {
  /** Set through this server ([SESS-5]). */
  readonly given?: string | undefined;
  readonly title?: string | undefined;
  readonly summary?: string | undefined;
  readonly firstPrompt?: string | undefined;
  readonly longestPrompt?: string | undefined;
  readonly directory: string;
  /** Of the first record. */
  readonly createdAt: number;
}

/** The first name that applies, cut ([WATCH-7]). */
export function sessionName(sources: NameSources): string {
  const { given, title, summary, firstPrompt, longestPrompt } = sources;
  for (const name of [given, title, summary, firstPrompt, longestPrompt]) {
    if (name !== undefined && name.trim() !== "") return cut(name);
  }
  // `yyyy-MM-ddTHH:mm` is how an ISO time begins.
  const minute = new Date(sources.createdAt).toISOString().slice(0, 16).replace("T", " ");
  return cut(`${basename(sources.directory)} - ${minute}`);
}

function cut(name: string): string {
  // A code point is one or two units: most names are short enough without counting.
  if (name.length <= MAX_CODE_POINTS) return name;
  let end = 0;
  for (let points = 0; points < MAX_CODE_POINTS && end < name.length; points++) {
    end += (name.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return end < name.length ? `${name.slice(0, end)}...` : name;
}
