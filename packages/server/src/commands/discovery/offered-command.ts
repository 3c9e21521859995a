/** A command as a source offers it: where it stands among the others, and what is run. */
export interface OfferedCommand {
  readonly id: string;
  readonly label: string;
  readonly description?: string | undefined;
  /** The groups around it, from the outermost. */
  readonly groups: readonly { readonly id: string; readonly label: string }[];
  /** As a person would type it: the name, not the path. */
  readonly programName: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** How a command reads in a terminal. For display only: nothing is ever given to a shell ([CMD-7]). */
export function shellCommandOf(command: OfferedCommand): string {
  return [command.programName, ...command.arguments].map(quoted).join(" ");
}

const plainWord = /^[A-Za-z0-9_./:=@%+,-]+$/;

function quoted(word: string): string {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Each word with a capital first letter and the rest small ([CMD-3]). */
export function capitalised(words: string): string {
  return words.replace(/[^\s]+/gu, (word) => {
    const [first = ""] = word;
    return first.toUpperCase() + word.slice(first.length).toLowerCase();
  });
}

/**
 * Whether a name of the project can be offered: a program that gets it as an argument reads it as a name, and it can be
 * shown in one line.
 */
export function isOfferableName(name: string): boolean {
  return name.length <= 256 && name.isWellFormed() && !/^$|^[-\s]|[\p{Cc}\u2028\u2029]/u.test(name);
}
