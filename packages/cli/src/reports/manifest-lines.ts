import type { SourceTree } from "./source-modules.ts";

/** The manifest as text [CMD-manifest-1]. */
export function manifestLines({ root, modules }: SourceTree): string[] {
  const total = modules.reduce((sum, { files }) => sum + files, 0);
  return [
    `Workspace root: \`${root}\``,
    `Total source files: **${total}**`,
    "",
    "Top-level modules:",
    ...modules.map(({ name, files, note }) => `- \`${name}\` (${files} files) — ${note}`),
  ];
}
