import type { Log } from "../../src/ports.ts";

/** A log whose lines a test can look at. */
export class MemoryLog implements Log {
  readonly lines: { level: string; msg: string; fields: Record<string, unknown> }[] = [];

  debug(msg: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: "debug", msg, fields });
  }

  info(msg: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: "info", msg, fields });
  }

  warn(msg: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: "warn", msg, fields });
  }

  error(msg: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: "error", msg, fields });
  }

  /** Everything that was said, for a test of what must not be. */
  get text(): string {
    return JSON.stringify(this.lines);
  }
}
