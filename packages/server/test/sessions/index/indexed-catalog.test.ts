import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { watchDirectory } from "../../../src/sessions/index/watch/watch-directory.ts";
import { SurveyThread } from "../../../src/sessions/index/survey/survey-thread.ts";
import { CatalogWorld, FOLDER, OTHER, SESSION, blindWatch, textsOf } from "./catalog-world.ts";
import { idOf, loose, prompt, reply, talk } from "./session-lines.ts";

describe("start", () => {
  test("[WATCH-1] files whose stem is a UUID in any case are sessions, and nothing else is", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 4));
    world.write(OTHER.toUpperCase(), talk(11, 2));
    world.write(idOf(90), talk(1, 2), ".hidden");
    world.write(idOf(91), talk(1, 2), `${FOLDER}/${SESSION}/subagents`);
    world.write("agent-1f4a0f0e", talk(1, 2));
    writeFileSync(join(world.root, `${idOf(92)}.jsonl`), talk(1, 2));
    await world.start();
    expect(world.catalog.list({}).map(({ sessionId }) => sessionId)).toEqual([OTHER, SESSION]);
    expect(world.summary(OTHER).sessionId).toBe(OTHER);
  });

  test("[WATCH-1] our own scratch folder is no project, by its given path and by its real one", async () => {
    const world = new CatalogWorld();
    const real = join(world.folder, "real-home");
    mkdirSync(real);
    symlinkSync(real, join(world.folder, "linked-home"));
    const scratchDirectory = join(world.folder, "linked-home", "scratch");
    for (const [number, path] of [scratchDirectory, join(real, "scratch")].entries()) {
      world.write(idOf(number), talk(1, 2), path.replaceAll(/[^a-zA-Z0-9]/g, "-"));
    }
    world.write(SESSION, talk(1, 2));
    await world.start({ scratchDirectory, surveyor: undefined });
    expect(world.catalog.list({}).map(({ sessionId }) => sessionId)).toEqual([SESSION]);
  });

  test("[WATCH-1] links are followed inside the root and not out of it", async () => {
    const world = new CatalogWorld();
    const outside = join(world.folder, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, `${idOf(1)}.jsonl`), talk(1, 2));
    symlinkSync(outside, join(world.root, "-linked-out"));
    world.write(SESSION, talk(1, 2));
    symlinkSync(join(outside, `${idOf(1)}.jsonl`), world.path(idOf(2)));
    symlinkSync(world.path(SESSION), world.path(idOf(3)));
    await world.start();
    expect(world.catalog.list({}).map(({ sessionId }) => sessionId)).toEqual([idOf(3), SESSION]);
    symlinkSync(join(outside, `${idOf(1)}.jsonl`), world.path(idOf(4)));
    expect(await world.catalog.find(idOf(4))).toBeUndefined();
  });

  test("[WATCH-4] a session's fields are those of its file", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, prompt(1, "Fix the cart total") + reply(2, "x".repeat(300)) + loose("system"));
    await world.start();
    expect(world.summary(SESSION)).toMatchObject({
      agent: "claude",
      name: "Fix the cart total",
      workingDirectory: "/home/anna/shop",
      isPlaceholder: false,
      createdAt: Date.UTC(2026, 2, 1, 9, 0, 1),
      lastModified: Date.UTC(2026, 2, 1, 9, 0, 2),
      messageCount: 2,
      isCountExact: true,
      preview: "x".repeat(200),
      model: "claude-opus-5-5",
    });
  });

  test("[WATCH-4] a session without messages was modified when its file was, and is in no list", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, loose("system", { cwd: "/home/anna/shop" }));
    await world.start();
    const summary = world.summary(SESSION);
    expect(summary).toMatchObject({ messageCount: 0, preview: "", lastModified: Math.floor(world.mtimeMs(SESSION)) });
    expect(world.catalog.list({})).toEqual([]);
  });

  test("[WATCH-2] a root that is missing at start is picked up when it appears", async () => {
    const world = new CatalogWorld();
    rmSync(world.root, { recursive: true });
    await world.start({ sweepMs: 30_000 });
    expect(world.catalog.list({})).toEqual([]);
    world.write(SESSION, talk(1, 2));
    await world.until(() => world.catalog.list({}).length === 1, 1_000);
    expect(world.kinds()).toEqual(["created"]);
  });
});

describe("watching", () => {
  test("[WATCH-2] an appended line is seen by the watch of its folder, without a sweep", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start({ sweepMs: 30_000 });
    await world.until(() => world.surveys === 1, 0);
    const log = await world.log(SESSION);
    expect(log.endSeq).toBe(2);
    world.append(SESSION, talk(3, 2));
    await world.until(() => world.told(SESSION).length === 2, 900);
    expect(world.told(SESSION)).toEqual(["prompt number 3", "reply 4"]);
    expect(world.surveys).toBe(1);
  });

  test("[WATCH-2] a new folder and its files are there within a second", async () => {
    const world = await CatalogWorld.start({ sweepMs: 30_000 });
    world.write(SESSION, talk(1, 2), "-home-anna-new");
    await world.until(() => world.catalog.list({}).length === 1, 999);
    world.write(OTHER, talk(1, 2), "-home-anna-new");
    await world.until(() => world.catalog.list({}).length === 2, 999);
    expect(world.kinds()).toEqual(["created", "created"]);
  });

  test("[WATCH-2] where no watch can be had the sweep carries alone", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start({
      watchDirectory: () => {
        throw Object.assign(new Error("no space left for watches"), { code: "ENOSPC" });
      },
    });
    await world.log(SESSION);
    world.append(SESSION, talk(3, 1));
    world.write(OTHER, talk(1, 2), "-home-anna-new");
    await world.until(() => world.told(SESSION).length === 1 && world.catalog.list({}).length === 2);
    expect(world.warnings).toEqual(["a folder of sessions cannot be watched; it is looked at by the sweep"]);
  });

  test("[WATCH-2] a watch that dies is given up for the sweep, and made again later", async () => {
    const deaths: ((error: Error) => void)[] = [];
    let made = 0;
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start({
      watchDirectory: (_path, _onEvent, onError) => {
        made++;
        deaths.push(onError);
        return { close: () => undefined };
      },
    });
    expect(made).toBe(2);
    for (const die of deaths) die(new Error("EMFILE: too many open files"));
    world.append(SESSION, talk(3, 1));
    await world.until(() => world.summary(SESSION).messageCount === 3, 50_000);
    expect(made).toBe(2);
    await world.until(() => made === 4);
  });

  test("[WATCH-2] a folder that was removed and made again is watched again", async () => {
    const made: string[] = [];
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start({
      sweepMs: 30_000,
      watchDirectory: (path, onEvent, onError) => {
        made.push(path);
        return watchDirectory(path, onEvent, onError);
      },
    });
    const folder = join(world.root, FOLDER);
    rmSync(folder, { recursive: true });
    await world.until(() => world.kinds().includes("gone"), 999);
    world.write(SESSION, talk(1, 2));
    await world.until(() => made.filter((path) => path === folder).length === 2 && world.catalog.list({}).length === 1);
    const { surveys } = world;
    await world.until(() => world.surveys > surveys);
    const before = world.surveys;
    world.append(SESSION, talk(3, 1));
    await world.until(() => world.summary(SESSION).messageCount === 3, 0);
    expect(world.surveys).toBe(before);
  });

  test("[WATCH-3] a burst of appends is read to its end", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start({ sweepMs: 30_000 });
    await world.log(SESSION);
    for (let number = 3; number <= 202; number++) world.append(SESSION, talk(number, 1));
    await world.until(() => world.summary(SESSION).messageCount === 202, 999);
    expect(world.told(SESSION)).toHaveLength(200);
  });

  test("[HIST-4] a line without its newline is held back, and counts when nobody has grown the file for 10 s", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start();
    await world.log(SESSION);
    world.append(SESSION, talk(3, 1).trimEnd());
    // As if it were grown all the time.
    world.age(SESSION, -600_000);
    const { surveys } = world;
    await world.until(() => world.surveys > surveys + 2);
    expect(world.summary(SESSION).messageCount).toBe(2);
    world.age(SESSION, 10_001);
    await world.until(() => world.told(SESSION).length === 1);
    expect(world.told(SESSION)).toEqual(["prompt number 3"]);
  });

  test("[HIST-4] the only line of a file counts without its newline too, when nobody has grown it for 10 s", async () => {
    const world = await CatalogWorld.start();
    world.write(SESSION, talk(1, 1).trimEnd());
    await world.until(() => world.catalog.get(SESSION) !== undefined, 5_000);
    expect(world.summary(SESSION).messageCount).toBe(0);
    world.age(SESSION, 10_001);
    await world.until(() => world.summary(SESSION).messageCount === 1);
  });

  test("[HIST-4] a file that has long been at rest has its last line at the start", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 3).trimEnd());
    world.age(SESSION, 60_000);
    await world.start();
    expect(world.summary(SESSION).messageCount).toBe(3);
  });

  test("[WATCH-1] of two files with one id the last modified counts, and the other one when that is gone", async () => {
    const world = new CatalogWorld({ watchDirectory: blindWatch });
    world.write(SESSION, talk(1, 2), "-old");
    world.age(SESSION, 5_000, "-old");
    world.write(SESSION, talk(1, 4), "-new");
    await world.start();
    expect(world.summary(SESSION).messageCount).toBe(4);
    world.append(SESSION, talk(3, 3), "-old");
    world.age(SESSION, -5_000, "-old");
    await world.until(() => world.summary(SESSION).messageCount === 5);
    world.remove(SESSION, "-old");
    await world.until(() => world.summary(SESSION).messageCount === 4);
    expect(world.kinds()).not.toContain("gone");
  });
});

describe("logs", () => {
  test("[HIST-13] a file that disappears ends its session, and one that comes back has its numbering", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start();
    const { logId } = await world.log(SESSION);
    world.remove(SESSION);
    await world.until(() => world.kinds().includes("gone"));
    expect(world.catalog.get(SESSION)).toBeUndefined();
    expect(await world.catalog.find(SESSION)).toBeUndefined();
    expect(await world.catalog.open(SESSION)).toBeUndefined();
    expect(world.catalog.list({})).toEqual([]);
    world.write(SESSION, talk(1, 3));
    await world.until(() => world.told(SESSION).length === 1);
    expect((await world.log(SESSION)).logId).toBe(logId);
    expect(world.told(SESSION)).toEqual(["prompt number 3"]);
    expect(world.kinds(SESSION)).not.toContain("created");
  });

  test("[HIST-13] a noted session whose file is gone is not one without a record yet, after a restart too", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    const note = { sessionId: SESSION, agent: "claude", workingDirectory: "/home/anna/shop", createdAt: 1 };
    world.store.sessions.set(SESSION, note);
    world.store.sessions.set(OTHER, { ...note, sessionId: OTHER });
    await world.start();
    await world.log(SESSION);
    await world.log(OTHER);
    world.remove(SESSION);
    await world.until(() => world.kinds().includes("gone"));
    expect(await world.catalog.find(SESSION)).toBeUndefined();
    await world.restart();
    expect(await world.catalog.find(SESSION)).toBeUndefined();
    expect(await world.catalog.find(OTHER)).toMatchObject({ messageCount: 0 });
  });

  test("[HIST-13] a file that was moved to another folder ends nothing", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    mkdirSync(join(world.root, "-other"));
    await world.start();
    const { logId } = await world.log(SESSION);
    renameSync(world.path(SESSION), world.path(SESSION, "-other"));
    world.append(SESSION, talk(3, 1), "-other");
    await world.until(() => world.told(SESSION).length === 1);
    expect((await world.log(SESSION)).logId).toBe(logId);
    expect(world.kinds()).not.toContain("gone");
    expect(world.kinds()).not.toContain("reset");
  });

  test("[HIST-11] a rewrite that keeps the messages keeps the numbering; another begins anew", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 4));
    await world.start();
    const { logId } = await world.log(SESSION);
    world.write(`${SESSION}x`, loose("summary", { summary: "Carts" }) + talk(1, 6));
    renameSync(world.path(`${SESSION}x`), world.path(SESSION));
    await world.until(() => world.told(SESSION).length === 2);
    expect(world.told(SESSION)).toEqual(["prompt number 5", "reply 6"]);
    expect((await world.log(SESSION)).logId).toBe(logId);
    world.write(SESSION, talk(1, 3));
    await world.until(() => world.kinds().includes("reset"));
    const reset = world.events.find((event) => event.kind === "reset");
    expect(reset?.log.logId).not.toBe(logId);
    expect(reset?.log.endSeq).toBe(3);
    world.append(SESSION, talk(4, 1));
    await world.until(() => world.told(SESSION).length === 3);
    const log = await world.log(SESSION);
    expect(log.logId).toBe(reset?.log.logId);
    expect(await textsOf(log)).toEqual(["prompt number 1", "reply 2", "prompt number 3", "reply 4"]);
  });

  test("[HIST-10] a numbering is 16 hexadecimal digits and outlives restarts and the loss of the index", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 4));
    await world.start();
    const { logId } = await world.log(SESSION);
    expect(logId).toMatch(/^[0-9a-f]{16}$/);
    await world.restart();
    expect((await world.log(SESSION)).logId).toBe(logId);
    await world.stop();
    rmSync(world.indexPath);
    world.append(SESSION, talk(5, 2));
    await world.start();
    expect((await world.log(SESSION)).logId).toBe(logId);
    await world.stop();
    world.write(SESSION, talk(1, 3) + talk(8, 5));
    await world.start();
    expect((await world.log(SESSION)).logId).not.toBe(logId);
  });

  test("[HIST-10] a session is numbered when it is first opened, not before", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start();
    world.append(SESSION, talk(3, 1));
    await world.until(() => world.summary(SESSION).messageCount === 3);
    expect(world.store.numberings.size).toBe(0);
    await world.log(SESSION);
    expect([...world.store.numberings.keys()]).toEqual([SESSION]);
  });

  test("[CRASH-6] a store that is away lets history be read", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start();
    world.store.isAway = true;
    const log = await world.log(SESSION);
    expect(await textsOf(log)).toEqual(["prompt number 1", "reply 2"]);
    world.store.isAway = false;
    await world.stop();
    await world.start();
    expect((await world.log(SESSION)).logId).toBe(log.logId);
  });

  test("[SUB-1] a session is looked for on disk before it is said that there is none", async () => {
    const world = await CatalogWorld.start({ watchDirectory: blindWatch, sweepMs: 30_000 });
    await world.until(() => world.surveys === 1, 0);
    world.write(SESSION, talk(1, 2), "-new");
    expect(world.catalog.get(SESSION)).toBeUndefined();
    expect(await world.catalog.find(SESSION)).toMatchObject({ sessionId: SESSION, messageCount: 2 });
    expect(await world.catalog.find(OTHER)).toBeUndefined();
  });

  test("[SUB-1] a session that another server noted in the store is found", async () => {
    const world = await CatalogWorld.start();
    const row = { sessionId: SESSION, agent: "acp", workingDirectory: "/srv", createdAt: 5 };
    world.store.sessions.set(SESSION, row);
    expect(await world.catalog.find(SESSION)).toMatchObject({ agent: "acp", workingDirectory: "/srv" });
  });

  test("[SUB-2] a noted session has an empty log, and its messages are told from the first on", async () => {
    const world = await CatalogWorld.start();
    world.catalog.note({ sessionId: SESSION, agent: "claude", workingDirectory: "/home/anna/shop", createdAt: 7 });
    expect(world.catalog.list({})).toEqual([]);
    const empty = await world.log(SESSION);
    expect(empty).toMatchObject({ endSeq: 0, startSeq: 1 });
    expect(await textsOf(empty)).toEqual([]);
    world.write(SESSION, talk(1, 2));
    await world.until(() => world.told(SESSION).length === 2);
    expect(world.kinds()).toEqual(["created", "appended"]);
    expect((await world.log(SESSION)).logId).toBe(empty.logId);
  });

  test("[PROMPT-12] after a refresh everything that the file holds was told", async () => {
    const world = await CatalogWorld.start({ watchDirectory: blindWatch, sweepMs: 30_000 });
    world.catalog.note({ sessionId: SESSION, agent: "claude", workingDirectory: "/home/anna/shop", createdAt: 7 });
    await world.log(SESSION);
    world.write(SESSION, talk(1, 2));
    await world.catalog.refresh(SESSION);
    expect(world.told(SESSION)).toHaveLength(2);
    world.append(SESSION, talk(3, 2));
    await world.catalog.refresh(SESSION);
    expect(world.told(SESSION)).toHaveLength(4);
  });

  test("[LOCK-9] the end of a file says whether a turn is finished, and when it grew", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start();
    const finished = await world.catalog.tail(SESSION);
    expect(finished).toMatchObject({ isTurnFinished: true, lastRecordId: idOf(2), grewAt: world.mtimeMs(SESSION) });
    world.append(SESSION, talk(3, 1));
    const running = await world.catalog.tail(SESSION);
    expect(running).toMatchObject({ isTurnFinished: false, lastRecordId: idOf(3), grewAt: world.mtimeMs(SESSION) });
    expect(running?.length).toBeGreaterThan(finished?.length ?? 0);
  });

  test("[CRASH-3] the file says whether a prompt is in it, and what its finished turn said", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 3));
    await world.start();
    const tail = await world.catalog.tail(SESSION);
    expect(await tail?.hasRecord(idOf(1))).toBe(true);
    expect(await tail?.hasRecord(idOf(4))).toBe(false);
    expect(await tail?.answerTo(idOf(1))).toMatchObject({ isFinished: true, text: "reply 2" });
    expect(await tail?.answerTo(idOf(3))).toMatchObject({ isFinished: false });
    expect(await tail?.answerTo(idOf(9))).toBeUndefined();
  });
});

describe("a thread for surveys", () => {
  test("[WATCH-2] sees what this thread would see, again and again, and ends with the catalog", async () => {
    const world = new CatalogWorld();
    world.write(SESSION, talk(1, 2));
    await world.start({
      surveyor: new SurveyThread({ root: world.root, ignoredFolders: [] }),
      watchDirectory: blindWatch,
    });
    world.write(OTHER, talk(1, 2), "-new");
    await world.until(() => world.catalog.list({}).length === 2);
    world.append(OTHER, talk(3, 1), "-new");
    await world.until(() => world.summary(OTHER).messageCount === 3);
    world.remove(OTHER, "-new");
    await world.until(() => world.kinds(OTHER).includes("gone"));
    expect(world.kinds(OTHER)).toEqual(["created", "changed", "gone"]);
  });

  test("[WATCH-2] is started again when it ended by itself", async () => {
    const world = new CatalogWorld();
    const script = join(world.folder, "dying.mjs");
    writeFileSync(
      script,
      'import { parentPort } from "node:worker_threads";\nparentPort.on("message", () => process.exit(3));\n',
    );
    const thread = new SurveyThread({ root: world.root, ignoredFolders: [] }, { script: pathToFileURL(script) });
    await expect(thread.survey()).rejects.toThrow("The thread that looks for session files ended");
    await expect(thread.survey()).rejects.toThrow("The thread that looks for session files ended");
    await thread.close();
    await expect(thread.survey()).rejects.toThrow("the survey is closed");
  });
});
