/**
 * The targets in the database that `make -qp` prints ([CMD-2]), sorted by name. Of its text only the last part matters, the
 * one about files: there each file has a block of its own between empty lines. It begins with variables of that target, if
 * any, and a mark if it is no target; then comes the name, then remarks (which begin with two spaces), then the recipe.
 */
export function parseMakeDatabase(text: string): string[] {
  const start = text.lastIndexOf(filesHead);
  if (start < 0) return [];
  const makefiles = new Set(["GNUmakefile", "makefile", "Makefile", ...includedMakefiles(text)]);
  const targets = new Set<string>();
  for (const block of text.slice(start + filesHead.length).split(/\n\n+/)) {
    const remarks = block.search(/^# {2}/m);
    if (remarks < 0) continue;
    const head = block.slice(0, remarks);
    if (head.includes("# Not a target")) continue;
    const name = targetLine.exec(head)?.[1];
    if (name === undefined || makefiles.has(name)) continue;
    if (name.includes(".") && !/^# {2}Phony target/m.test(block)) continue;
    targets.add(name);
  }
  return [...targets].sort();
}

/** Where there are implicit rules, their number stands right before it, without an empty line between. */
const filesHead = "\n# Files\n";

/** The last line of the head. */
const targetLine = /(?:^|\n)([A-Za-z0-9][A-Za-z0-9_.-]*)::?(?: .*)?\n$/;

function includedMakefiles(text: string): string[] {
  const [, names = ""] = /^MAKEFILE_LIST :?= ?(.*)$/m.exec(text) ?? [];
  return names.split(/\s+/);
}
