const allowed: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

/** The address of a link in somebody else's text, if it is one that may be opened from here; relative ones lead nowhere. */
export function safeLink(href: string): string | undefined {
  try {
    const url = new URL(href);
    return allowed.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}
