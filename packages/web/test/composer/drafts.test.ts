import { expect, test } from "vitest";
import { resourceAttachment } from "../../src/composer/draft-attachment.ts";
import type { DraftAttachment } from "../../src/composer/draft-attachment.ts";
import { Drafts, type DraftFiles } from "../../src/composer/drafts.ts";
import { memoryStorage } from "./memory-storage.ts";

const plan = resourceAttachment("plan.md", "/work/plan.md", "1");

const notes = resourceAttachment("notes.md", "/work/notes.md", "2");

/** What another page would find. `held`: what is asked for comes when a test lets it. */
class KeptFiles implements DraftFiles {
  readonly kept = new Map<string, readonly DraftAttachment[]>();
  saves = 0;
  held: Promise<void> = Promise.resolve();

  async load(sessionId: string): Promise<readonly DraftAttachment[]> {
    const found = this.kept.get(sessionId) ?? [];
    await this.held;
    return found;
  }
  async save(sessionId: string, attachments: readonly DraftAttachment[]): Promise<void> {
    this.saves += 1;
    if (attachments.length === 0) this.kept.delete(sessionId);
    else this.kept.set(sessionId, attachments);
  }
}

test("attachments come back once after a reload, before those of now, and go with what is sent", async () => {
  const files = new KeptFiles();
  const before = new Drafts(memoryStorage(), () => 1);
  before.set("a", { attachments: [plan] });
  await before.restoreFiles("a", files);
  expect(files.kept.get("a")).toEqual([plan]);

  const drafts = new Drafts(memoryStorage(), () => 2);
  drafts.set("a", { attachments: [notes] });
  await drafts.restoreFiles("a", files);
  await drafts.restoreFiles("a", files);
  expect(drafts.get("a").attachments).toEqual([plan, notes]);
  expect(files.kept.get("a")).toEqual([plan, notes]);
  const { saves } = files;
  drafts.set("a", { text: "typing writes no files" });
  expect(files.saves).toBe(saves);
  drafts.set("a", { attachments: [notes] });
  expect(files.kept.get("a")).toEqual([notes]);
  drafts.take("a");
  expect(files.kept.get("a")).toEqual([notes]);
  drafts.dropKept("a");
  expect(files.kept.size).toBe(0);
});

test("a prompt that is sent before its old files are there takes no part of them, and leaves none", async () => {
  const files = new KeptFiles();
  files.kept.set("a", [plan]);
  const { promise, resolve } = Promise.withResolvers<void>();
  files.held = promise;
  const drafts = new Drafts(memoryStorage(), () => 1);
  const restored = drafts.restoreFiles("a", files);
  drafts.set("a", { text: "quick" });
  expect(drafts.take("a")).toEqual({ text: "quick", attachments: [] });
  resolve();
  await restored;
  expect(drafts.get("a")).toEqual({ text: "", attachments: [] });
  drafts.dropKept("a");
  expect(drafts.get("a")).toEqual({ text: "", attachments: [] });
  expect(files.kept.size).toBe(0);
});

test("a draft's text outlives a reload by itself, its attachments only with a place for them", () => {
  const storage = memoryStorage();
  const drafts = new Drafts(storage, () => 1);
  drafts.set("a", { text: "half", attachments: [plan] });
  expect(drafts.get("a")).toEqual({ text: "half", attachments: [plan] });
  expect(new Drafts(storage, () => 2).get("a")).toEqual({ text: "half", attachments: [] });
  expect(drafts.take("a")).toEqual({ text: "half", attachments: [plan] });
  drafts.dropKept("a");
  expect(storage.length).toBe(0);
  expect(drafts.get("a")).toBe(drafts.get("b"));
});

test("[CLIENT-5] a draft that is being sent is empty here and there after a reload, until what it was is kept elsewhere", () => {
  const storage = memoryStorage();
  const drafts = new Drafts(storage, () => 1);
  drafts.set("a", { text: "run the tests" });
  let heard = 0;
  drafts.subscribe(() => (heard += 1));
  drafts.take("a");
  expect(heard).toBe(1);
  expect(drafts.get("a").text).toBe("");
  expect(new Drafts(storage, () => 2).get("a").text).toBe("run the tests");
  drafts.set("a", { text: "and the next" });
  drafts.dropKept("a");
  expect(drafts.get("a").text).toBe("and the next");
  expect(new Drafts(storage, () => 2).get("a").text).toBe("and the next");
});

test("what comes back stands before what was written meanwhile", () => {
  const drafts = new Drafts(memoryStorage(), () => 1);
  drafts.set("a", { text: "later" });
  drafts.putBack("a", { text: "earlier", attachments: [plan] });
  expect(drafts.get("a")).toEqual({ text: "earlier\n\nlater", attachments: [plan] });
  drafts.set("b", { text: "  " });
  drafts.putBack("b", { text: "alone", attachments: [] });
  expect(drafts.get("b").text).toBe("alone");
});

test("of more drafts than are kept, those that were not touched for longest go", () => {
  const storage = memoryStorage();
  let now = 0;
  const drafts = new Drafts(storage, () => (now += 1));
  for (let index = 0; index < 50; index += 1) drafts.set(`s${index}`, { text: "x" });
  drafts.set("s0", { text: "touched" });
  storage.setItem("other", "of another part of the app");
  drafts.set("new", { text: "y" });
  const later = new Drafts(storage, () => 0);
  expect(later.get("s0").text).toBe("touched");
  expect(later.get("s1").text).toBe("");
  expect(later.get("new").text).toBe("y");
  expect(storage.length).toBe(51);
});

test("without room, or much too long, a draft lives in the page and no outdated one is kept", () => {
  const storage = memoryStorage(200);
  const drafts = new Drafts(storage, () => 1);
  drafts.set("a", { text: "short" });
  drafts.set("a", { text: "x".repeat(1_000) });
  expect(drafts.get("a").text).toHaveLength(1_000);
  expect(storage.length).toBe(0);
  const roomy = memoryStorage();
  new Drafts(roomy, () => 1).set("a", { text: "x".repeat(100_001) });
  expect(roomy.length).toBe(0);
});

test("what is kept and no draft is taken for none", () => {
  const storage = memoryStorage();
  storage.setItem("parlatory.draft.a", "{");
  storage.setItem("parlatory.draft.b", '{"text":7}');
  const drafts = new Drafts(storage, () => 1);
  expect([drafts.get("a").text, drafts.get("b").text]).toEqual(["", ""]);
});

test("listeners hear of every change until they end", () => {
  const drafts = new Drafts(memoryStorage(), () => 1);
  let heard = 0;
  const end = drafts.subscribe(() => (heard += 1));
  drafts.set("a", { text: "x" });
  end();
  drafts.set("a", { text: "y" });
  expect(heard).toBe(1);
});
