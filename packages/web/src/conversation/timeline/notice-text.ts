/** What the command line notes in a conversation is markup for its own eyes; here it is in words. */
export function noticeText(text: string): string {
  const command = tag(text, "command-name");
  if (command !== undefined) return [command, tag(text, "command-args") ?? ""].join(" ").trim();
  if (/^\s*\[Request interrupted by user/u.test(text)) return "Interrupted";
  for (const name of ["local-command-stdout", "local-command-stderr", "bash-stdout", "bash-stderr", "bash-input"]) {
    const inner = tag(text, name);
    if (inner !== undefined && inner.trim() !== "") return inner.trim();
  }
  const inner = /^\s*<([a-z-]+)>([\s\S]*)<\/\1>\s*$/u.exec(text)?.[2];
  return (inner ?? text).trim();
}

function tag(text: string, name: string): string | undefined {
  const start = text.indexOf(`<${name}>`);
  if (start === -1) return undefined;
  const end = text.indexOf(`</${name}>`, start);
  return text.slice(start + name.length + 2, end === -1 ? undefined : end);
}
