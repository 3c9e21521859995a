import { expect, test } from "vitest";
import {
  attachmentProblem,
  describeSize,
  readAttachment,
  resourceAttachment,
  restoreAttachment,
  textProblem,
} from "../../src/composer/draft-attachment.ts";
import { recallPrompt } from "../../src/composer/recall-prompt.ts";

const sized = (sizeBytes: number) => ({ sizeBytes });

test("[PROMPT-20] at most 20 attachments of 20 MiB together, and 1 MiB of text, are taken", () => {
  expect(attachmentProblem([sized(20 * 1024 * 1024)])).toBeUndefined();
  expect(attachmentProblem([sized(20 * 1024 * 1024), sized(1)])).toContain("a prompt takes 20 MiB");
  expect(attachmentProblem(Array.from({ length: 20 }, () => sized(1)))).toBeUndefined();
  expect(attachmentProblem(Array.from({ length: 21 }, () => sized(1)))).toContain("there are 21");
  expect(textProblem("é".repeat(512 * 1024))).toBeUndefined();
  expect(textProblem(`${"é".repeat(512 * 1024)}.`)).toContain("a prompt takes 1 MiB");
});

test("[PROMPT-20] a file becomes its name, its type and its content; what has none of it gets one the server takes", async () => {
  const bytes = new Uint8Array([104, 105]);
  const read = await readAttachment(new File([bytes], "a.txt", { type: "text/plain" }), "1");
  expect(read).toEqual({
    id: "1",
    name: "a.txt",
    sizeBytes: 2,
    content: { filename: "a.txt", media_type: "text/plain", content: "aGk=" },
  });
  const bare = await readAttachment(new File([bytes], "", { type: "image/png" }), "2");
  expect(bare.name).toBe("attachment.png");
  const strange = await readAttachment(new File([bytes], "..", { type: "text/plain; charset=x" }), "3");
  expect(strange.content).toEqual({ filename: "attachment", media_type: "application/octet-stream", content: "aGk=" });
  const path = await readAttachment(new File([bytes], "a/b\\c\u0000", { type: "" }), "4");
  expect(path.name).toBe("a_b_c_");
});

test("what comes back is what was sent", async () => {
  const read = await readAttachment(new File([new Uint8Array(5)], "five", { type: "" }), "1");
  expect(restoreAttachment(read.content, "1")).toEqual(read);
  const resource = resourceAttachment("plan.md", "/work/.parlatory/resources/plan.md", "2");
  expect(restoreAttachment(resource.content, "2")).toEqual(resource);
});

test("sizes are said in the unit that fits", () => {
  expect([0, 1023, 1024, 1_048_576, 1_600_000].map(describeSize)).toEqual([
    "0 B",
    "1023 B",
    "1 KiB",
    "1 MiB",
    "1.5 MiB",
  ]);
});

test("arrow keys go through earlier prompts from an empty box, and leave what is being written alone", () => {
  const earlier = ["one", "two"];
  expect(recallPrompt("", earlier, -1)).toBe("two");
  expect(recallPrompt("two", earlier, -1)).toBe("one");
  expect(recallPrompt("one", earlier, -1)).toBe("one");
  expect(recallPrompt("one", earlier, 1)).toBe("two");
  expect(recallPrompt("two", earlier, 1)).toBe("");
  expect(recallPrompt("", earlier, 1)).toBeUndefined();
  expect(recallPrompt("tw", earlier, -1)).toBeUndefined();
  expect(recallPrompt("", [], -1)).toBeUndefined();
});
