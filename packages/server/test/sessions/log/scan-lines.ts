import type { LineRow } from "../../../src/sessions/log/line-row.ts";
import { INPUT, LineScanner } from "../../../src/sessions/log/line-scanner.ts";

const scanner = new LineScanner(1024 * 1024);

/** Shows what the scanner says of lines, each without its newline. `start`: where the line begins among all of them. */
export function scanLines(lines: readonly Buffer[], show: (line: LineRow, start: number) => void): void {
  const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
  if (INPUT + bytes.length > scanner.limit) scanner.grow(bytes.length);
  bytes.copy(scanner.bytes, INPUT);
  const end = INPUT + bytes.length;
  for (let at = INPUT; at < end; at = scanner.stopped) {
    const rows = scanner.scan(at, end);
    for (let index = 0; index < rows; index++) {
      const line = scanner.row(index);
      show(line, line.start - INPUT);
    }
  }
}
