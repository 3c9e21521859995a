import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { RemoteError } from "@parlatory/protocol/remote";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { createPathPolicy } from "../../../src/path-policy.ts";
import { decodeBase64 } from "../../../src/sessions/resources/decode-base64.ts";
import { FileResourceDesk } from "../../../src/sessions/resources/file-resource-desk.ts";
import type { UploadRequest } from "../../../src/sessions/resources/resource-desk.ts";
import { isResourceName, namesFor } from "../../../src/sessions/resources/resource-name.ts";
import { SteppedTime } from "../../support/stepped-time.ts";

const HOUR_MS = 3_600_000;
let folder: string;
let project: string;
let time: SteppedTime;
let desk: FileResourceDesk;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parl-resources-"));
  project = join(folder, "project");
  await mkdir(project);
  // The modification times of files are those of the machine.
  time = new SteppedTime(Date.now());
  desk = open();
  onTestFinished(async () => {
    desk.stop();
    await rm(folder, { recursive: true, force: true });
  });
});

function open(roots: string[] = [], maxBytes?: number): FileResourceDesk {
  const paths = createPathPolicy({ home: folder, roots });
  const made = new FileResourceDesk({ paths, clock: time, scheduler: time, randomUuid: randomUUID, maxBytes });
  onTestFinished(() => made.stop());
  return made;
}

const request = (rest: Partial<UploadRequest>): UploadRequest => ({
  clientSessionId: "client",
  filename: "a.txt",
  content: "aGk=",
  storageLocation: project,
  offset: 0,
  isFinal: true,
  ...rest,
});
async function upload(rest: Partial<UploadRequest> = {}, by = desk) {
  const stored = await by.upload(request(rest));
  if (stored.outcome !== "stored") throw new Error("it was a part");
  return stored.resource;
}
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const at = (...parts: string[]): string => join(project, ".parlatory", ...parts);

async function refusal(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(thrown instanceof RemoteError)) throw new Error("it was not refused", { cause: thrown });
  return { code: thrown.code, message: thrown.message };
}

test("[RES-3] an upload lies below .parlatory/resources and is told with size and time", async () => {
  const stored = await upload({ filename: "notes ünï.md", content: base64("hello") });
  expect(stored).toMatchObject({ filename: "notes ünï.md", path: ".parlatory/resources/notes ünï.md", size: 5 });
  expect(stored.absolutePath).toBe(at("resources", "notes ünï.md"));
  expect(await readFile(stored.absolutePath, "utf8")).toBe("hello");
  expect(stored.timestamp).toBe(Math.floor((await stat(stored.absolutePath)).mtimeMs));
  expect(await readdir(at("uploads"))).toEqual([]);
});

test.each([
  "..",
  ".",
  "",
  "a/b",
  "/etc/passwd",
  "..\\x",
  "a\\b",
  "nul\0",
  "new\nline",
  "\u007f",
  "\u0085",
  "x".repeat(256),
  "ü".repeat(128),
  "\ud800",
])("[RES-3] %j is no name of a file, wherever one is asked for", async (filename) => {
  expect(await refusal(desk.upload(request({ filename })))).toEqual({
    code: "invalid_field",
    message: "Failed to upload file: invalid filename",
  });
  expect(await refusal(desk.delete({ filename, storageLocation: project }))).toEqual({
    code: "not_found",
    message: "Failed to delete resource: Resource not found",
  });
  await expect(
    desk.saveResource({ storageLocation: project, filename, content: Buffer.from("x") }),
  ).rejects.toMatchObject({ message: "Failed to save resource: invalid filename" });
  expect(existsSync(at())).toBe(false);
});

test.each(["; rm -rf x", "$(touch x)", "--flag", "...", ".env", "😀.txt", "x".repeat(255), "con", "a:b", " "])(
  "[RES-3] %j is a name like any other",
  async (filename) => {
    expect(await readFile((await upload({ filename })).absolutePath, "utf8")).toBe("hi");
    expect((await desk.list({ storageLocation: project, offset: 0, limit: 10 })).resources).toMatchObject([
      { filename },
    ]);
    expect(await desk.delete({ filename, storageLocation: project })).toEqual({
      filename,
      path: `.parlatory/resources/${filename}`,
    });
    expect(await readdir(at("resources"))).toEqual([]);
  },
);

test("[RES-3] whatever is a name stays inside the folder", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
      fc.pre(isResourceName(name));
      expect(join("/r", name)).toBe(`/r/${name}`);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    }),
  );
});

test("[RES-3] [NAME-7] storage_location is an existing directory inside the roots", async () => {
  const missing = join(folder, "missing");
  const file = join(folder, "file");
  await writeFile(file, "");
  for (const storageLocation of [missing, file]) {
    const expected = { code: "not_found", message: `Directory does not exist: ${storageLocation}` };
    expect(await refusal(desk.upload(request({ storageLocation })))).toEqual(expected);
    expect(await refusal(desk.list({ storageLocation, offset: 0, limit: 9 }))).toEqual(expected);
    expect(await refusal(desk.delete({ filename: "a", storageLocation }))).toEqual(expected);
  }
  expect(await refusal(desk.upload(request({ storageLocation: "here" })))).toEqual({
    code: "invalid_field",
    message: "Path must be absolute: here",
  });
  const rooted = open([join(folder, "elsewhere")]);
  expect(await refusal(rooted.upload(request({})))).toEqual({
    code: "not_allowed",
    message: `Directory not allowed: ${project}`,
  });
  expect((await upload({ storageLocation: "~/project" })).absolutePath).toBe(at("resources", "a.txt"));
});

test.each([[".parlatory"], [".parlatory/resources"], [".parlatory/uploads"]])(
  "[RES-3] a link in the place of %s is not followed",
  async (place) => {
    const outside = join(folder, "outside");
    for (const inner of ["", "resources", "uploads"]) await mkdir(join(outside, inner), { recursive: true });
    await writeFile(join(outside, "resources", "secret"), "s");
    await writeFile(join(outside, "secret"), "s");
    if (place !== ".parlatory") await mkdir(at());
    await symlink(outside, join(project, place));
    const refused = await refusal(desk.upload(request({})));
    expect(refused.code).toBe("not_allowed");
    expect(refused.message).toMatch(/^Directory not allowed: .*\.parlatory\/(resources|uploads)$/);
    // What is on its way in is no business of lists and deletions.
    const others = place.endsWith("uploads") ? ["listed", "not_found"] : ["not_allowed", "not_allowed"];
    const listed = desk.list({ storageLocation: project, offset: 0, limit: 9 }).then(() => "listed");
    expect(await listed.catch((cause: unknown) => (cause as RemoteError).code)).toBe(others[0]);
    expect((await refusal(desk.delete({ filename: "secret", storageLocation: project }))).code).toBe(others[1]);
    expect((await readdir(outside)).sort()).toEqual(["resources", "secret", "uploads"]);
    expect(await readdir(join(outside, "resources"))).toEqual(["secret"]);
    expect(await readdir(join(outside, "uploads"))).toEqual([]);
  },
);

test("[RES-3] links and folders among the resources are neither listed, deleted nor written through", async () => {
  await upload({ filename: "real" });
  const secret = join(folder, "secret");
  await writeFile(secret, "s");
  await symlink(secret, at("resources", "link"));
  await symlink(join(folder, "nowhere"), at("resources", "dangling"));
  await mkdir(at("resources", "folder"));
  const { resources } = await desk.list({ storageLocation: project, offset: 0, limit: 9 });
  expect(resources.map(({ filename }) => filename)).toEqual(["real"]);
  for (const filename of ["link", "dangling", "folder"]) {
    expect(await refusal(desk.delete({ filename, storageLocation: project }))).toMatchObject({ code: "not_found" });
    expect((await upload({ filename, content: base64("new") })).filename).not.toBe(filename);
  }
  expect(await readFile(secret, "utf8")).toBe("s");
  expect(existsSync(join(folder, "nowhere"))).toBe(false);
});

test("[RES-4] missing fields, in the contract's words", async () => {
  for (const missing of ["filename", "content", "storageLocation"] as const) {
    expect(await refusal(desk.upload(request({ [missing]: undefined })))).toEqual({
      code: "missing_field",
      message: "filename, content, and storage_location required in upload_file message",
    });
  }
  expect(await refusal(desk.list({ storageLocation: undefined, offset: 0, limit: 1 }))).toEqual({
    code: "missing_field",
    message: "storage_location required in list_resources message",
  });
  for (const asked of [
    { filename: undefined, storageLocation: project },
    { filename: "a", storageLocation: undefined },
  ]) {
    expect(await refusal(desk.delete(asked))).toEqual({
      code: "missing_field",
      message: "filename and storage_location required in delete_resource message",
    });
  }
});

test.each(["a", "aGk", "aGk=\n", " aGk=", "aG k=", "aGl=", "aGk=aGk=", "_-8=", "%%%%", "{}"])(
  "[RES-4] %j is bad base64",
  async (content) => {
    expect(await refusal(desk.upload(request({ content })))).toEqual({
      code: "invalid_field",
      message: "Failed to upload file: invalid base64",
    });
  },
);

test("[RES-4] base64 of any bytes is taken, also of none", async () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeBase64(Buffer.from(bytes).toString("base64"))).toEqual(Buffer.from(bytes));
    }),
  );
  expect((await upload({ content: "" })).size).toBe(0);
});

test("[RES-4] more than the limit is refused, in one part or in many, and nothing stays", async () => {
  const small = open([], 10);
  const tooLarge = { code: "invalid_field", message: "Failed to upload file: larger than 100 MB" };
  expect(await refusal(small.upload(request({ content: base64("12345678901") })))).toEqual(tooLarge);
  const part = { uploadId: "u", content: base64("123456"), isFinal: false };
  await small.upload(request(part));
  expect(await refusal(small.upload(request({ ...part, offset: 6 })))).toEqual(tooLarge);
  expect(await readdir(at("uploads"))).toEqual([]);
  expect(await readdir(at("resources"))).toEqual([]);
  expect((await upload({ content: base64("1234567890") }, small)).size).toBe(10);
});

test("[RES-4] an unknown resource cannot be deleted", async () => {
  const unknown = { code: "not_found", message: "Failed to delete resource: Resource not found" };
  expect(await refusal(desk.delete({ filename: "a", storageLocation: project }))).toEqual(unknown);
  await upload({ filename: "b" });
  expect(await refusal(desk.delete({ filename: "a", storageLocation: project }))).toEqual(unknown);
});

test("[RES-5] an existing name is kept: the new file gets a stamp, then numbers", async () => {
  const stamp = new Date(time.now()).toISOString().replace(/\D/g, "").slice(0, 14);
  const names: string[] = [];
  for (const text of ["one", "two", "three", "four"]) {
    names.push((await upload({ filename: "a.tar.gz", content: base64(text) })).filename);
  }
  expect(names).toEqual(["a.tar.gz", `a.tar-${stamp}.gz`, `a.tar-${stamp}-2.gz`, `a.tar-${stamp}-3.gz`]);
  expect(await readFile(at("resources", "a.tar.gz"), "utf8")).toBe("one");
  expect(await readFile(at("resources", `a.tar-${stamp}-3.gz`), "utf8")).toBe("four");
});

test("[RES-5] names with a stamp are in UTC, keep hidden names whole, and fit 255 bytes", () => {
  const first = (name: string) => [...take(namesFor(name, Date.UTC(2026, 2, 1, 9, 8, 7, 6)), 3)];
  expect(first("a.b")).toEqual(["a.b", "a-20260301090807.b", "a-20260301090807-2.b"]);
  expect(first("plain")[1]).toBe("plain-20260301090807");
  expect(first(".env")[1]).toBe(".env-20260301090807");
  for (const name of ["x".repeat(255), `${"€".repeat(83)}.txt`, `a.${"é".repeat(120)}`]) {
    for (const one of first(name)) expect(isResourceName(one)).toBe(true);
  }
});

function* take<Item>(items: Iterable<Item>, count: number): Generator<Item> {
  let taken = 0;
  for (const item of items) {
    yield item;
    if (++taken === count) return;
  }
}

test("[RES-5] uploads of one name at one time all get a name of their own", async () => {
  const stored = await Promise.all(Array.from({ length: 12 }, (_, i) => upload({ content: base64(`file ${i}`) })));
  const texts = await Promise.all(stored.map(({ absolutePath }) => readFile(absolutePath, "utf8")));
  expect(new Set(texts).size).toBe(12);
  expect(await readdir(at("resources"))).toHaveLength(12);
});

test("[RES-5] a file in parts appears when it is complete; a part that comes again changes nothing", async () => {
  const part = (text: string, offset: number, isFinal = false, uploadId = "u") =>
    desk.upload(request({ content: base64(text), offset, isFinal, uploadId }));
  expect(await part("hello ", 0)).toEqual({ outcome: "part" });
  expect(await part("brave ", 6)).toEqual({ outcome: "part" });
  expect(await part("brave ", 6)).toEqual({ outcome: "part" });
  expect(await readdir(at("resources"))).toEqual([]);
  expect(await refusal(part("late", 99))).toEqual({
    code: "conflict",
    message: "Failed to upload file: expected a part with offset 12",
  });
  expect(await refusal(part("other", 3, true, "other"))).toMatchObject({
    message: "Failed to upload file: expected a part with offset 0",
  });
  // A server that was started anew goes on with it.
  desk = open();
  expect(await part("world", 12, true)).toMatchObject({ outcome: "stored", resource: { filename: "a.txt", size: 17 } });
  expect(await readFile(at("resources", "a.txt"), "utf8")).toBe("hello brave world");
  expect(await readdir(at("uploads"))).toEqual([]);
});

test("[RES-5] parts that are sent without waiting are written in their order, and one upload id of two clients is two", async () => {
  const texts = ["aaaa", "bb", "cccccc", "d"];
  const send = (clientSessionId: string, filename: string) => {
    let offset = 0;
    return texts.map((text, i) => {
      const sent = desk.upload(
        request({ clientSessionId, filename, uploadId: "u", content: base64(text), offset, isFinal: i === 3 }),
      );
      offset += text.length;
      return sent;
    });
  };
  await Promise.all([...send("one", "x"), ...send("two", "x"), ...send("one", "y")]);
  for (const name of await readdir(at("resources"))) {
    expect(await readFile(at("resources", name), "utf8")).toBe(texts.join(""));
  }
  expect(await readdir(at("resources"))).toHaveLength(3);
});

test("[RES-5] a part needs an upload id", async () => {
  for (const rest of [{ isFinal: false }, { offset: 3 }]) {
    expect(await refusal(desk.upload(request(rest)))).toEqual({
      code: "missing_field",
      message: "upload_id required in upload_file message",
    });
  }
});

test("[RES-5] unfinished parts are removed an hour after the last of them, also those of an earlier server", async () => {
  await desk.upload(request({ uploadId: "u", isFinal: false }));
  const [name] = await readdir(at("uploads"));
  await writeFile(at("uploads", "old.part"), "x");
  await writeFile(at("uploads", "theirs.txt"), "x");
  await utimes(at("uploads", "old.part"), 1, 1);
  await upload({ filename: "b" });
  expect((await readdir(at("uploads"))).sort()).toEqual([name ?? "", "theirs.txt"].toSorted());
  const written = time.now() - 1_000;
  await utimes(at("uploads", name ?? ""), written / 1000, written / 1000);
  await time.advance(HOUR_MS);
  await expect.poll(() => readdir(at("uploads"))).toEqual(["theirs.txt"]);
});

test("[RES-5] a list goes newest first, in pages", async () => {
  for (let n = 0; n < 5; n++) {
    const { absolutePath } = await upload({ filename: `f${n}` });
    await utimes(absolutePath, 1_000 + (n % 3), 1_000 + (n % 3));
  }
  const page = async (offset: number, limit: number) => {
    const { resources, hasMore } = await desk.list({ storageLocation: project, offset, limit });
    return [resources.map(({ filename }) => filename), hasMore];
  };
  expect(await page(0, 10)).toEqual([["f2", "f1", "f4", "f0", "f3"], false]);
  expect(await page(0, 2)).toEqual([["f2", "f1"], true]);
  expect(await page(2, 2)).toEqual([["f4", "f0"], true]);
  expect(await page(4, 2)).toEqual([["f3"], false]);
  expect(await page(9, 2)).toEqual([[], false]);
  await mkdir(join(folder, "empty"));
  expect(await desk.list({ storageLocation: join(folder, "empty"), offset: 0, limit: 9 })).toMatchObject({
    resources: [],
    hasMore: false,
  });
});

test("[RES-3] what a prompt brings along is saved like an upload", async () => {
  const save = (text: string) =>
    desk.saveResource({ storageLocation: project, filename: "data.bin", content: Buffer.from(text) });
  expect(await save("one")).toMatchObject({ filename: "data.bin", size: 3, absolutePath: at("resources", "data.bin") });
  expect((await save("two")).filename).not.toBe("data.bin");
});

test("[CRASH-6] what the file system refuses is an io_error with what was attempted", async () => {
  await mkdir(at(), { recursive: true });
  await writeFile(at("resources"), "a file");
  expect((await refusal(desk.upload(request({})))).code).toBe("not_allowed");
  await rm(at("resources"));
  await mkdir(at("uploads"));
  // Where the part would be written stands a folder that is not empty.
  const probe = open();
  await probe.upload(request({ uploadId: "u", isFinal: false }));
  const [name] = await readdir(at("uploads"));
  await rm(at("uploads", name ?? ""));
  await mkdir(at("uploads", name ?? "", "inner"), { recursive: true });
  expect(await refusal(desk.upload(request({ uploadId: "u", isFinal: false })))).toEqual({
    code: "io_error",
    message: expect.stringMatching(/^Failed to upload file: [A-Z_]+$/) as string,
  });
});
