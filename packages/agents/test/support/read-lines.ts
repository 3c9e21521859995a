/** Calls `handle` for each line of stdin. Only LF ends one: `node:readline` would also cut at U+2028. */
export function readLines(handle: (line: string) => void): void {
  let rest = "";
  process.stdin.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) handle(line);
  });
}
