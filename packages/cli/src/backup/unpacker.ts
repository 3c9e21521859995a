/**
 * Takes the plain bytes of a backup in pieces of any size and writes the files in it to a directory (0600). It must not know
 * ciphers, and believes nothing: only the three known names, each once. States: heading -> content -> heading …
 */
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

const known: ReadonlySet<string> = new Set(["parl.db", "config.json", "admin-token"]);
const maxHeadingBytes = 256;
const lineFeed = 0x0a;

export class Unpacker {
  readonly #directory: string;
  readonly #names: string[] = [];
  #heading = Buffer.alloc(0);
  #file: FileHandle | undefined;
  #left = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Names of the files so far, in their order. */
  get names(): string[] {
    return [...this.#names];
  }

  /** Answers what is wrong, as the end of a sentence about the file; then it must not be called again. */
  async write(bytes: Uint8Array): Promise<string | undefined> {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (rest.length > 0) {
      if (this.#file !== undefined) {
        const part = rest.subarray(0, this.#left);
        await this.#file.writeFile(part);
        this.#left -= part.length;
        rest = rest.subarray(part.length);
        if (this.#left === 0) await this.#finish();
        continue;
      }
      const end = rest.indexOf(lineFeed);
      this.#heading = Buffer.concat([this.#heading, end === -1 ? rest : rest.subarray(0, end)]);
      if (this.#heading.length > maxHeadingBytes) return "holds something that is no file of a backup";
      if (end === -1) return undefined;
      rest = rest.subarray(end + 1);
      const problem = await this.#start(this.#heading.toString("utf8"));
      if (problem !== undefined) return problem;
      this.#heading = Buffer.alloc(0);
    }
    return undefined;
  }

  /** What is wrong at the end. */
  problem(): string | undefined {
    if (this.#file !== undefined || this.#heading.length > 0) return "ends in the middle of a file";
    return this.#names.length === 0 ? "holds no file" : undefined;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #start(heading: string): Promise<string | undefined> {
    let named: { readonly name?: unknown; readonly size?: unknown };
    try {
      named = JSON.parse(heading) as typeof named;
    } catch {
      return "holds something that is no file of a backup";
    }
    const { name, size } = named;
    if (typeof name !== "string" || !known.has(name) || this.#names.includes(name)) {
      return "holds a file that does not belong in it";
    }
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return "holds a file of no size";
    this.#names.push(name);
    this.#file = await open(join(this.#directory, name), "wx", 0o600);
    this.#left = size;
    if (size === 0) await this.#finish();
    return undefined;
  }

  async #finish(): Promise<void> {
    await this.#file?.sync();
    await this.close();
  }
}
