import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { LogReader, ScanRequest } from "../../../src/sessions/log/log-reader.ts";
import { CatalogWorld, OTHER, SESSION, testReader } from "./catalog-world.ts";
import { idOf, loose, prompt, talk } from "./session-lines.ts";

/** The real reader, and which files it was asked for. */
function noting(): { reader: LogReader; scans: ScanRequest[]; glances: string[]; counted: string[] } {
  const reader = testReader();
  const scans: ScanRequest[] = [];
  const glances: string[] = [];
  const counted: string[] = [];
  return {
    scans,
    glances,
    counted,
    reader: {
      ...reader,
      scan: (request) => {
        scans.push(request);
        return reader.scan(request);
      },
      glance: (file) => {
        glances.push(file.sessionId);
        return reader.glance(file);
      },
      count: (files) => {
        counted.push(...files.map(({ sessionId }) => sessionId));
        return reader.count(files);
      },
    },
  };
}

describe("the saved index", () => {
  test("[WATCH-5] what has not changed is not read again, what has grown from where it ended, what is new as a whole", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 4, { cwd: "/home/änna/🛒" }));
    world.write(OTHER, talk(1, 4));
    world.write(idOf(5), talk(1, 2));
    await world.start();
    const before = world.summary(SESSION);
    await world.stop();
    expect(statSync(world.indexPath).mode & 0o777).toBe(0o600);
    world.append(OTHER, talk(5, 1));
    world.remove(idOf(5));
    world.write(idOf(6), talk(1, 3));
    const { reader, scans, counted } = noting();
    await world.start({ reader });
    expect(scans.map(({ file, from }) => [file.sessionId, from?.count])).toEqual([[OTHER, 4]]);
    expect(counted).toEqual([idOf(6)]);
    expect(world.summary(SESSION)).toEqual(before);
    expect(world.summary(OTHER).messageCount).toBe(5);
    expect(world.catalog.get(idOf(5))).toBeUndefined();
    expect(world.summary(idOf(6)).messageCount).toBe(3);
  });

  test.each([
    ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 40)],
    ["changed in the middle", (bytes: Buffer) => Buffer.from(bytes.toString().replace('"count":4', '"count":9'))],
    ["without its last line", (bytes: Buffer) => bytes.subarray(0, bytes.lastIndexOf(10, -2) + 1)],
    ["empty", () => Buffer.alloc(0)],
    ["of another version", (bytes: Buffer) => Buffer.from(bytes.toString().replace('"version":2', '"version":0'))],
    ["no JSON", () => Buffer.from("hello\nworld\n")],
  ])("[WATCH-5] an index that is %s is rebuilt", async (_what, spoil) => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 4));
    await world.start();
    await world.stop();
    const good = readFileSync(world.indexPath);
    writeFileSync(world.indexPath, spoil(good));
    const { reader, scans, counted } = noting();
    await world.start({ reader });
    expect(scans).toEqual([]);
    expect(counted).toEqual([SESSION]);
    expect(world.summary(SESSION).messageCount).toBe(4);
    await world.stop();
    expect(readFileSync(world.indexPath, "utf8")).toContain('"count":4');
  });

  test("[WATCH-5] files that could not be counted together are read alone, and the list is the same", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 4));
    world.write(OTHER, talk(1, 2));
    const { reader, scans } = noting();
    const failing: LogReader = { ...reader, count: () => Promise.reject(new Error("the thread ended")) };
    await world.start({ reader: failing });
    expect(scans.map(({ file }) => file.sessionId).toSorted()).toEqual([SESSION, OTHER].toSorted());
    expect(world.summary(SESSION)).toMatchObject({ messageCount: 4, isCountExact: true });
    expect(world.summary(OTHER)).toMatchObject({ messageCount: 2, isCountExact: true });
    await world.stop();
  });

  test("[WATCH-5] a file that grew while all were counted is read on, and its messages are counted once", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 4));
    const { reader } = noting();
    const growing: LogReader = {
      ...reader,
      count: async (files) => {
        const states = await reader.count(files);
        world.append(SESSION, talk(5, 3));
        return states;
      },
    };
    await world.start({ reader: growing });
    await world.catalog.refresh(SESSION);
    expect(world.summary(SESSION)).toMatchObject({ messageCount: 7, isCountExact: true });
    await world.stop();
  });

  test("[WATCH-5] an index that cannot be written is told and stops nothing", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 4));
    await world.start({ indexPath: `${world.folder}/none/sessions.json` });
    await world.stop();
    expect(world.warnings).toHaveLength(1);
    expect(world.warnings[0]).toContain("the index of sessions could not be saved");
  });

  test("[WATCH-5] a large file is listed by its ends at once, with a lower bound, and is counted afterwards", async () => {
    const world = new CatalogWorld();
    let text = "";
    for (let number = 1; number <= 40; number++) text += prompt(number, `${number} ${"long ".repeat(10_000)}`);
    world.write(SESSION, text);
    const { reader, glances } = noting();
    const held = Promise.withResolvers<void>();
    await world.start({
      reader: {
        ...reader,
        scan: async (request) => {
          await held.promise;
          return reader.scan(request);
        },
      },
    });
    expect(glances).toEqual([SESSION]);
    const [listed] = world.catalog.list({});
    expect(listed).toMatchObject({ isCountExact: false, workingDirectory: "/home/anna/shop" });
    expect(listed?.messageCount).toBeLessThan(40);
    expect(listed?.preview).toContain("40 long");
    held.resolve();
    await world.until(() => world.summary(SESSION).isCountExact);
    expect(world.summary(SESSION).messageCount).toBe(40);
    expect(world.kinds(SESSION)).toEqual(["changed"]);
  });

  test("[WATCH-5] a subscribe has its file counted first", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, prompt(1, "long ".repeat(300_000)) + talk(2, 30));
    await world.start();
    const log = await world.log(SESSION);
    expect(log.endSeq).toBe(31);
    expect(world.summary(SESSION)).toMatchObject({ isCountExact: true, messageCount: 31 });
  });

  test("[WATCH-8] a session without a directory in its records has the one of its folder, from the index too", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, loose("summary", { summary: "Carts" }) + prompt(1, "Hello", { cwd: undefined }), "notes");
    world.write(OTHER, prompt(1, "Hello", { cwd: "relative/path" }), "-no-such-place");
    for (let round = 0; round < 2; round++) {
      await world.start();
      expect(world.summary(SESSION)).toMatchObject({ workingDirectory: `${world.home}/notes`, isPlaceholder: false });
      expect(world.summary(OTHER)).toMatchObject({
        workingDirectory: "[from project: -no-such-place]",
        isPlaceholder: true,
      });
      await world.stop();
    }
  });
});
