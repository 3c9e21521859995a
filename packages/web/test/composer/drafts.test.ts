import { expect, test } from "vitest";
import { resourceAttachment } from "../../src/composer/draft-attachment.ts";
import { Drafts } from "../../src/composer/drafts.ts";
import { memoryStorage } from "./memory-storage.ts";

const plan = resourceAttachment("plan.md", "/work/plan.md", "1");

test("a draft's text outlives a reload, its attachments only the page", () => {
  const storage = memoryStorage();
  const drafts = new Drafts(storage, () => 1);
  drafts.set("a", { text: "half", attachments: [plan] });
  expect(drafts.get("a")).toEqual({ text: "half", attachments: [plan] });
  expect(new Drafts(storage, () => 2).get("a")).toEqual({ text: "half", attachments: [] });
  drafts.clear("a");
  expect(storage.length).toBe(0);
  expect(drafts.get("a")).toBe(drafts.get("b"));
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
