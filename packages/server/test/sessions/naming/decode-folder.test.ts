import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { decodeFolder } from "../../../src/sessions/naming/decode-folder.ts";
import { encodeFolder } from "../../../src/sessions/naming/encode-folder.ts";

function place(...directories: string[]): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "parl-decode-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const directory of directories) mkdirSync(join(root, directory), { recursive: true });
  return root;
}

const folderOf = (directory: string): string => join("/claude/projects", encodeFolder(directory));

describe("the directory of a project folder", () => {
  test("[WATCH-8] each dash is a separator or a character that was replaced, as the directories that exist say", async () => {
    const root = place("my-shop/web_app", "a.b/.config/ä");
    for (const directory of ["my-shop/web_app", "my-shop", "a.b/.config/ä"]) {
      expect(await decodeFolder(folderOf(join(root, directory)), "/home/anna")).toEqual({
        path: join(root, directory),
        isPlaceholder: false,
      });
    }
  });

  test("[WATCH-8] the longest match wins, and a shorter one where the longest leads nowhere", async () => {
    const root = place("my/shop", "my-shop", "my/shop/inner", "my-shop/other");
    expect((await decodeFolder(folderOf(join(root, "my/shop")), "/home/anna")).path).toBe(join(root, "my-shop"));
    expect((await decodeFolder(folderOf(join(root, "my/shop/inner")), "/home/anna")).path).toBe(
      join(root, "my/shop/inner"),
    );
  });

  test("[WATCH-8] what is no directory any more, or a file, is a placeholder", async () => {
    const root = place("shop");
    writeFileSync(join(root, "file"), "");
    for (const name of ["gone", "file"]) {
      const folder = encodeFolder(join(root, name));
      expect(await decodeFolder(join("/claude/projects", folder), "/home/anna")).toEqual({
        path: `[from project: ${folder}]`,
        isPlaceholder: true,
      });
    }
  });

  test("[WATCH-8] without a leading dash it is that folder of the home directory", async () => {
    expect(await decodeFolder("/claude/projects/notes", "/home/anna")).toEqual({
      path: "/home/anna/notes",
      isPlaceholder: false,
    });
  });
});
