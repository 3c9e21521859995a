import { access, constants, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";

export interface ProgramSearch {
  readonly path: string | undefined;
  readonly workingDirectory: string;
  /** Where it may be although PATH does not say so. */
  readonly alsoIn?: readonly string[];
}

/** Absolute path of the program a shell would start for `name`; undefined when there is none. */
export async function findProgram(name: string, search: ProgramSearch): Promise<string | undefined> {
  const { path = "", workingDirectory, alsoIn = [] } = search;
  const places = name.includes("/")
    ? [resolve(workingDirectory, name)]
    : [
        ...path.split(delimiter).map((folder) => resolve(workingDirectory, folder, name)),
        ...alsoIn.map((folder) => join(folder, name)),
      ];
  for (const place of places) if (await isProgram(place)) return place;
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
