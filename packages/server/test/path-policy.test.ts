import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { createPathPolicy } from "../src/path-policy.ts";

let folder: string;
let root: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "parl-paths-")));
  root = join(folder, "root");
  await mkdir(join(root, "inner"), { recursive: true });
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

const open = (roots: string[] = []) => createPathPolicy({ home: "/home/anna", roots });
const refused = (code: string, message: string) => expect.objectContaining({ code, message }) as unknown;

test.each([
  ["~", "/home/anna"],
  ["~/", "/home/anna"],
  ["~/shop", "/home/anna/shop"],
  ["~/../bob", "/home/bob"],
  ["/a/./b//c/../d/", "/a/b/d"],
  ["/", "/"],
  ["/..", "/"],
  ["/a/~", "/a/~"],
  ["/a b/$(x);\n'", "/a b/$(x);\n'"],
])("[NAME-7] %j means %j", async (path, expected) => {
  expect(await open().resolve(path)).toBe(expected);
});

test.each([
  "",
  ".",
  "shop",
  "./shop",
  "../shop",
  "~bob",
  "~bob/shop",
  " /shop",
  "file:///shop",
  "C:\\shop",
  "/shop\0/x",
])("[NAME-7] %j is refused as not absolute", async (path) => {
  await expect(open().resolve(path)).rejects.toEqual(refused("invalid_field", `Path must be absolute: ${path}`));
});

test("[NAME-7] inside the roots a path is taken as it was normalised, existing or not", async () => {
  const policy = open([root, join(folder, "missing-root")]);
  for (const path of [root, join(root, "inner"), join(root, "not", "yet"), join(folder, "missing-root", "x")]) {
    expect(await policy.resolve(`${path}/`)).toBe(path);
  }
});

test("[NAME-7] outside every root it is refused, by whichever way it leads there", async () => {
  await mkdir(join(folder, "rooted"));
  await mkdir(join(folder, "outside"));
  await writeFile(join(root, "file"), "");
  await symlink(join(folder, "outside"), join(root, "link"));
  await symlink("../outside", join(root, "inner", "..", "relative"));
  const policy = open([root]);
  for (const path of [
    "/",
    folder,
    join(folder, "rooted"),
    `${root}/../outside`,
    join(root, "link"),
    join(root, "link", "deep", "down"),
    join(root, "relative"),
    "~",
  ]) {
    await expect(policy.resolve(path)).rejects.toEqual(refused("not_allowed", `Directory not allowed: ${path}`));
  }
  expect(await policy.resolve(join(root, "file", "below"))).toBe(join(root, "file", "below"));
});

test("[NAME-7] a root that is a link stands for what it leads to", async () => {
  const link = join(folder, "link-to-root");
  await symlink(root, link);
  expect(await open([link]).resolve(join(root, "inner"))).toBe(join(root, "inner"));
  expect(await open([root]).resolve(join(link, "inner"))).toBe(join(link, "inner"));
});

test("[NAME-7] the root of the file system holds everything", async () => {
  expect(await open(["/"]).resolve(folder)).toBe(folder);
});

test("[NAME-7] a link that leads nowhere, or to itself, is not taken for a place inside the root", async () => {
  await symlink(join(folder, "nowhere"), join(root, "dangling"));
  await symlink(join(root, "loop"), join(root, "loop"));
  const policy = open([root]);
  for (const path of [join(root, "dangling"), join(root, "dangling", "x"), join(root, "loop")]) {
    await expect(policy.resolve(path)).rejects.toEqual(refused("not_allowed", `Directory not allowed: ${path}`));
  }
});
