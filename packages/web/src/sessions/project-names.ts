/** How a working directory is called: by its last folder, with as much of the way to it as tells it from others. */
export interface ProjectName {
  /** The last folder. */
  readonly base: string;
  /** The folders before it, with the home folded; ends with a slash unless it is empty. */
  readonly lead: string;
  /** The base, or with folders before it where another project has the same base. */
  readonly short: string;
}

const homePattern = /^(?:\/home\/[^/]+|\/Users\/[^/]+|\/root)(?=\/|$)/;

/** The server does not tell where its homes are; they lie where they always lie. */
export function foldHome(path: string): string {
  return path.replace(homePattern, "~");
}

/** What stands in the place of a directory that is not known ([WATCH-8]). */
export function isPlaceholder(directory: string): boolean {
  return !directory.startsWith("/");
}

export function nameProjects(directories: Iterable<string>): ReadonlyMap<string, ProjectName> {
  const all = [...new Set(directories)].map((directory) => ({ directory, folders: foldersOf(directory) }));
  const byBase = Map.groupBy(all, ({ folders }) => folders.at(-1) ?? "");
  return new Map(
    all.map(({ directory, folders }) => {
      const base = folders.at(-1) ?? directory;
      const others = (byBase.get(base) ?? []).filter((other) => other.directory !== directory);
      const lead = folders.slice(0, -1).join("/");
      const isRooted = foldHome(directory).startsWith("/");
      return [
        directory,
        {
          base,
          lead: lead === "" ? (isRooted && folders.length > 0 ? "/" : "") : `${isRooted ? "/" : ""}${lead}/`,
          short: shortest(
            folders,
            others.map((other) => other.folders),
          ),
        },
      ];
    }),
  );
}

function foldersOf(directory: string): readonly string[] {
  if (isPlaceholder(directory)) return [directory];
  const folders = foldHome(directory)
    .split("/")
    .filter((folder) => folder !== "");
  return folders.length === 0 ? ["/"] : folders;
}

/** The fewest folders from the end that no other has. */
function shortest(folders: readonly string[], others: readonly (readonly string[])[]): string {
  for (let count = 1; count < folders.length; count++) {
    const tail = folders.slice(-count).join("/");
    if (!others.some((other) => other.slice(-count).join("/") === tail)) return tail;
  }
  return folders.join("/");
}
