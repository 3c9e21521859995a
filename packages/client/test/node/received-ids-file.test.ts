import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { openReceivedIdsFile, type ReceivedIdsFile } from "../../src/node/received-ids-file.ts";
import { closeLater } from "../support/mesh-fixture.ts";

let path = "";

beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), "parl-received-"));
  closeLater(() => rm(directory, { recursive: true }));
  path = join(directory, "deeper", "session.received");
});

async function open(capacity?: number): Promise<ReceivedIdsFile> {
  const file = await openReceivedIdsFile({ path, capacity });
  closeLater(() => file.close());
  return file;
}

const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `m-${from + n}`);

test("[DLV-4] ids are on disk when remember resolves, and known after a restart", async () => {
  const file = await open();
  expect(file.has("m-1")).toBe(false);
  await file.remember(["m-1", "key:cm-1"]);
  expect(await readFile(path, "utf8")).toBe("m-1\nkey:cm-1\n");
  expect(file.has("m-1")).toBe(true);
  const again = await open();
  expect([again.has("m-1"), again.has("key:cm-1"), again.has("m-2")]).toEqual([true, true, false]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("[DLV-4] at least the last 2,000 messages are kept by default", async () => {
  const file = await open();
  await file.remember(ids(0, 2_000).flatMap((id) => [id, `sender:${id}`]));
  const again = await open();
  expect([again.has("m-0"), again.has("sender:m-0"), again.has("m-1999")]).toEqual([true, true, true]);
});

test("[DLV-4] the oldest go beyond the capacity, and the file does not grow for ever", async () => {
  const file = await open(10);
  for (let n = 0; n < 100; n++) await file.remember([`m-${n}`]);
  expect([file.has("m-89"), file.has("m-90"), file.has("m-99")]).toEqual([false, true, true]);
  const lines = (await readFile(path, "utf8")).split("\n").length;
  expect(lines).toBeLessThanOrEqual(41);
  const again = await open(10);
  expect([again.has("m-89"), again.has("m-90"), again.has("m-99")]).toEqual([false, true, true]);
});

test("[DLV-4] a torn last line is no id and spoils none that is written after it", async () => {
  const file = await open();
  await file.remember(["m-1"]);
  await file.close();
  await appendFile(path, "m-2");
  const torn = await open();
  expect([torn.has("m-1"), torn.has("m-2")]).toEqual([true, false]);
  await torn.remember(["m-3"]);
  expect(await readFile(path, "utf8")).toBe("m-1\nm-3\n");
});

test("[DLV-4] writes at the same time all arrive, whole", async () => {
  const file = await open();
  await Promise.all(ids(0, 50).map((id) => file.remember([id])));
  expect(await readFile(path, "utf8")).toBe(
    ids(0, 50)
      .map((id) => `${id}\n`)
      .join(""),
  );
});

test("[DLV-4] an id that could not be written is not known, and the next write brings it", async () => {
  const file = await open();
  await rm(join(path, ".."), { recursive: true });
  await expect(file.remember(["m-1"])).rejects.toMatchObject({ code: "ENOENT" });
  expect(file.has("m-1")).toBe(false);
  const other = await openReceivedIdsFile({ path });
  closeLater(() => other.close());
  await file.remember(["m-1"]);
  expect(file.has("m-1")).toBe(true);
  expect(await readFile(path, "utf8")).toBe("m-1\n");
});

test("[DLV-4] an empty file is empty", async () => {
  await (await open()).remember([]);
  await writeFile(path, "");
  expect((await open()).has("")).toBe(false);
});
