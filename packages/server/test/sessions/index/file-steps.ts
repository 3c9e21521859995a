/** Everything that may happen to session files, as steps that can be drawn at random. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { prompt, reply } from "./session-lines.ts";

export type FileStep =
  | { readonly do: "append"; readonly session: number; readonly folder: number; readonly lines: number }
  /** The last line lacks some of its bytes, which the next append brings first; `missing` 1: only the newline. */
  | { readonly do: "tear"; readonly session: number; readonly folder: number; readonly missing: number }
  | { readonly do: "cut"; readonly session: number; readonly folder: number; readonly part: number }
  /** Another file in its place: as many of the old lines as `keep` says, and new ones. */
  | {
      readonly do: "replace";
      readonly session: number;
      readonly folder: number;
      readonly keep: number;
      readonly lines: number;
    }
  | { readonly do: "remove"; readonly session: number; readonly folder: number }
  | { readonly do: "move"; readonly session: number; readonly folder: number; readonly to: number }
  | { readonly do: "removeFolder"; readonly folder: number }
  | { readonly do: "moveFolder"; readonly folder: number; readonly to: number };

const FOLDERS = ["-srv-one", "-srv-two"];

const session = fc.nat({ max: 1 });
const folder = fc.nat({ max: FOLDERS.length - 1 });
const lines = fc.integer({ min: 1, max: 4 });

export const fileStep: fc.Arbitrary<FileStep> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("append"), session, folder, lines }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("tear"), session, folder, missing: fc.constantFrom(1, 2, 40) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("cut"), session, folder, part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("replace"), session, folder, keep: fc.constantFrom(0, 0.5, 1), lines }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove"), session, folder }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("move"), session, folder, to: folder }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("removeFolder"), folder }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("moveFolder"), folder, to: folder }) },
) as fc.Arbitrary<FileStep>;

export class FileSteps {
  readonly #root: string;
  readonly #ids: readonly string[];
  /** What is missing of the last line of a file. */
  readonly #missing = new Map<string, string>();
  #line = 0;

  constructor(root: string, ids: readonly string[]) {
    this.#root = root;
    this.#ids = ids;
  }

  take(step: FileStep): void {
    if (step.do === "removeFolder") return rmSync(this.#folder(step.folder), { recursive: true, force: true });
    if (step.do === "moveFolder") return this.#moveFolder(this.#folder(step.folder), this.#folder(step.to));
    const path = this.#path(step.session, step.folder);
    if (step.do === "append") return this.#append(path, this.#lines(step.lines));
    if (step.do === "tear") return this.#tear(path, step.missing);
    if (!existsSync(path)) return;
    if (step.do === "cut") {
      truncateSync(path, Math.floor(statSync(path).size * step.part));
      this.#missing.delete(path);
    } else if (step.do === "replace") this.#replace(path, step.keep, step.lines);
    else if (step.do === "remove") rmSync(path);
    else {
      const to = this.#path(step.session, step.to);
      mkdirSync(dirname(to), { recursive: true });
      renameSync(path, to);
    }
  }

  #append(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    const missing = existsSync(path) ? (this.#missing.get(path) ?? "") : "";
    this.#missing.delete(path);
    appendFileSync(path, missing + text);
  }

  #tear(path: string, missing: number): void {
    const line = this.#lines(1);
    this.#append(path, line.slice(0, -missing));
    this.#missing.set(path, line.slice(-missing));
  }

  #replace(path: string, keep: number, count: number): void {
    const old = readFileSync(path, "utf8").split("\n").slice(0, -1);
    const kept = old.slice(0, Math.ceil(old.length * keep)).map((line) => `${line}\n`);
    writeFileSync(`${path}.new`, kept.join("") + this.#lines(count));
    renameSync(`${path}.new`, path);
    this.#missing.delete(path);
  }

  #moveFolder(from: string, to: string): void {
    if (from === to || !existsSync(from) || existsSync(to)) return;
    renameSync(from, to);
  }

  /** No two files are equal in size: what differs in nothing but its bytes is not noticed, and may not be. */
  #lines(count: number): string {
    let text = "";
    for (let i = 0; i < count; i++) {
      const number = ++this.#line;
      const words = "x".repeat((number * 7) % 61);
      text += number % 2 === 1 ? prompt(number, `prompt number ${number} ${words}`) : reply(number, `reply ${words}`);
    }
    return text;
  }

  #path(index: number, folderIndex: number): string {
    return join(this.#folder(folderIndex), `${this.#ids[index] ?? ""}.jsonl`);
  }

  #folder(index: number): string {
    return join(this.#root, FOLDERS[index] ?? "");
  }
}
