import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A user's home with a `PARL_HOME` and an empty directory to work in, which nobody else has. */
export class Place {
  /** `HOME`. */
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "parl-place-")));
  /** `PARL_HOME`; may not exist. */
  readonly home = join(this.directory, "parl");
  /** The current directory of the commands. */
  readonly work = join(this.directory, "work");

  constructor() {
    mkdirSync(this.work);
  }

  /** Absolute path of `name` in the working directory. */
  path(name: string): string {
    return join(this.work, name);
  }

  /** Writes a file of the working directory and makes its folders. */
  write(name: string, content: string | Buffer): string {
    const path = this.path(name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** Writes `PARL_HOME/config.json`: an object as JSON, a text as it is. */
  writeConfig(config: object | string): void {
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
    const text = typeof config === "string" ? config : JSON.stringify(config, undefined, 2);
    writeFileSync(join(this.home, "config.json"), text, { mode: 0o600 });
  }

  /** Copies files of another `PARL_HOME`. */
  copyHome(from: string, names: readonly string[]): void {
    mkdirSync(this.home, { recursive: true, mode: 0o700 });
    for (const name of names) cpSync(join(from, name), join(this.home, name));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
