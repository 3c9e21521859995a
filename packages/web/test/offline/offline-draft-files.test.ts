import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DraftAttachment } from "../../src/composer/draft-attachment.ts";
import { OfflineDraftFiles } from "../../src/offline/drafts/offline-draft-files.ts";
import { OfflineDatabase } from "../../src/offline/offline-database.ts";

let database: OfflineDatabase;
let number = 0;
beforeEach(() => {
  number += 1;
  database = new OfflineDatabase({ name: `draft files ${number}` });
});
afterEach(() => database.close());

function file(name: string, size: number): DraftAttachment {
  const content = { filename: name, media_type: "text/plain", content: "A".repeat(size) };
  return { id: name, name, sizeBytes: size, content };
}

test("files are found again by another page, and gone when the draft has none", async () => {
  const files = new OfflineDraftFiles(database, () => 1);
  await files.save("a", [file("one", 8), file("two", 4)]);
  expect((await new OfflineDraftFiles(database, () => 2).load("a")).map(({ name }) => name)).toEqual(["one", "two"]);
  await files.save("a", []);
  expect(await files.load("a")).toEqual([]);
  const open = await database.open();
  expect([await open?.count("draftFiles"), await open?.count("draftFileUses")]).toEqual([0, 0]);
});

test("the drafts that were changed longest ago lose their files first, and what is too large is not kept at all", async () => {
  let now = 0;
  const files = new OfflineDraftFiles(database, () => (now += 1), { sessions: 3, totalBytes: 100 });
  for (const name of ["a", "b", "c"]) await files.save(name, [file(name, 30)]);
  await files.save("a", [file("a", 31)]);
  await files.save("d", [file("d", 30)]);
  const kept = async (): Promise<string[]> => {
    const names = await Promise.all(["a", "b", "c", "d", "e"].map((name) => files.load(name)));
    return names.flat().map(({ name }) => name);
  };
  expect(await kept()).toEqual(["a", "c", "d"]);
  await files.save("e", [file("e", 69)]);
  expect(await kept()).toEqual(["d", "e"]);
  await files.save("d", [file("d", 101)]);
  expect(await kept()).toEqual(["e"]);
});

test("without a database nothing is kept, and nothing fails", async () => {
  const files = new OfflineDraftFiles({ open: async () => undefined } as unknown as OfflineDatabase, () => 1);
  await files.save("a", [file("a", 1)]);
  expect(await files.load("a")).toEqual([]);
});
