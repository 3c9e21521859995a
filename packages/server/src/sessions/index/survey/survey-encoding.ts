/** A survey on its way between threads: few large values, because every object costs both threads time. */
import type { SeenFile, SeenFolder, Survey } from "./surveyor.ts";
import { sessionOfFile } from "./session-file-name.ts";

export interface EncodedSurvey {
  /** Paths below the root: folders, then files. Separated by NUL, which no path holds; undefined when they are those sent last. */
  readonly paths: string | undefined;
  readonly folderCount: number;
  /** Whether the root is there; its numbers are the first ones. */
  readonly hasRoot: boolean;
  /** mtime and inode of each folder, then size, mtime and inode of each file. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

const PER_FOLDER = 2;
const PER_FILE = 3;

export class SurveyEncoder {
  #lastPaths: string | undefined;

  encode({ root, folders, files }: Survey): EncodedSurvey {
    const allFolders = root === undefined ? folders : [root, ...folders];
    const numbers = new Float64Array(allFolders.length * PER_FOLDER + files.length * PER_FILE);
    let at = 0;
    for (const { mtimeMs, inode } of allFolders) {
      numbers[at++] = mtimeMs;
      numbers[at++] = inode;
    }
    for (const { size, mtimeMs, inode } of files) {
      numbers[at++] = size;
      numbers[at++] = mtimeMs;
      numbers[at++] = inode;
    }
    const paths = [...allFolders, ...files].map(({ path }) => path).join("\0");
    const isKnown = paths === this.#lastPaths;
    this.#lastPaths = paths;
    return {
      paths: isKnown ? undefined : paths,
      folderCount: allFolders.length,
      hasRoot: root !== undefined,
      numbers,
    };
  }
}

export class SurveyDecoder {
  #paths: readonly string[] = [];
  #files: readonly Pick<SeenFile, "path" | "sessionId">[] = [];

  decode({ paths, folderCount, hasRoot, numbers }: EncodedSurvey): Survey {
    if (paths !== undefined) this.#remember(paths, folderCount);
    let at = 0;
    const next = (): number => numbers[at++] ?? Number.NaN;
    const folders: SeenFolder[] = [];
    for (const path of this.#paths.slice(0, folderCount)) folders.push({ path, mtimeMs: next(), inode: next() });
    const files: SeenFile[] = this.#files.map(({ path, sessionId }) => {
      return { path, sessionId, size: next(), mtimeMs: next(), inode: next() };
    });
    const [root] = hasRoot ? folders.splice(0, 1) : [];
    return { root, folders, files };
  }

  #remember(paths: string, folderCount: number): void {
    this.#paths = paths === "" ? [] : paths.split("\0");
    this.#files = this.#paths.slice(folderCount).flatMap((path) => {
      const sessionId = sessionOfFile(path.slice(path.lastIndexOf("/") + 1));
      return sessionId === undefined ? [] : [{ path, sessionId }];
    });
  }
}
