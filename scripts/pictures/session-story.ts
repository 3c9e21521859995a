/** A session as Claude Code would have written it, for the pictures: a prompt, work with tools, an answer. */

type Content = string | readonly Readonly<Record<string, unknown>>[];

interface Part {
  readonly role: "user" | "assistant";
  readonly content: Content;
}

const use = (id: string, name: string, input: Readonly<Record<string, unknown>>) => ({
  type: "tool_use",
  id,
  name,
  input,
});
const result = (id: string, text: string): Part => ({
  role: "user",
  content: [{ type: "tool_result", tool_use_id: id, content: text }],
});
const says = (text: string): Part => ({ role: "assistant", content: [{ type: "text", text }] });

const cartStory: readonly Part[] = [
  { role: "user", content: "The cart total is off by a cent for some orders. Find out why and mend it." },
  {
    role: "assistant",
    content: [
      { type: "thinking", thinking: "A cent: rounding. I look for where totals are rounded." },
      use("t1", "Grep", { pattern: "round\\(", path: "src/cart" }),
    ],
  },
  result("t1", "src/cart/total.ts:12\nsrc/cart/line.ts:8\nsrc/cart/line.test.ts:31"),
  { role: "assistant", content: [use("t2", "Read", { file_path: "src/cart/total.ts" })] },
  result(
    "t2",
    "export function total(lines: readonly Line[]): Money {\n  return round(lines.map(lineTotal).reduce(sum, 0));\n}",
  ),
  {
    role: "assistant",
    content: [use("t3", "Bash", { command: "npm test -- cart", description: "Run the cart's tests" })],
  },
  result(
    "t3",
    "✓ an empty cart costs nothing\n✓ a line is price times quantity\n✗ three thirds make a whole\n  expected 100, got 99\n\n2 passed, 1 failed",
  ),
  {
    role: "assistant",
    content: [
      use("t4", "Edit", {
        file_path: "src/cart/line.ts",
        old_string:
          "export function lineTotal({ price, quantity }: Line): Money {\n  return round(price * quantity);\n}",
        new_string:
          "/** Not rounded: only the order is. */\nexport function lineTotal({ price, quantity }: Line): Money {\n  return price * quantity;\n}",
      }),
    ],
  },
  result("t4", "The file src/cart/line.ts has been updated."),
  {
    role: "assistant",
    content: [use("t5", "Bash", { command: "npm test -- cart", description: "Run the cart's tests" })],
  },
  result(
    "t5",
    "✓ an empty cart costs nothing\n✓ a line is price times quantity\n✓ three thirds make a whole\n\n3 passed",
  ),
  says(
    "The total was rounded **twice**: once per line in `line.ts`, once per order in `total.ts`. A third of a cent was lost on each line.\n\n- `lineTotal` keeps its fraction now; only the order is rounded\n- the test *three thirds make a whole* holds\n\n```ts\nexport function lineTotal({ price, quantity }: Line): Money {\n  return price * quantity;\n}\n```\n\n| order | before | now |\n|---|---|---|\n| 3 × 33.33 | 99 | 100 |\n| 7 × 14.28 | 99 | 100 |\n\nNothing else calls `lineTotal`.",
  ),
];

const storyOf = (prompt: string, answer: string): readonly Part[] => [{ role: "user", content: prompt }, says(answer)];

export const stories: readonly { readonly folder: string; readonly parts: readonly Part[] }[] = [
  { folder: "shop", parts: cartStory },
  {
    folder: "shop",
    parts: storyOf(
      "Why does the build of the docs take two minutes?",
      "It renders every page twice: once for the search index. With one pass it is 58 s.",
    ),
  },
  {
    folder: "pricing",
    parts: storyOf(
      "Write the migration for order totals",
      "Migration 0018 is written and runs both ways on a copy of the data.",
    ),
  },
  {
    folder: "mobile",
    parts: storyOf("Update the login screen to the new tokens", "Done; the snapshot tests show three changed screens."),
  },
];

/** The file of one story; `minutesAgo`: when it ended. */
export function storyFile(
  { parts }: { readonly parts: readonly Part[] },
  options: { sessionId: string; directory: string; endedAt: number },
): string {
  const { sessionId, directory, endedAt } = options;
  let parent: string | null = null;
  return parts
    .map(({ role, content }, index) => {
      const uuid = `${sessionId.slice(0, 24)}${String(index).padStart(12, "0")}`;
      const record = {
        parentUuid: parent,
        isSidechain: false,
        type: role,
        message:
          role === "user"
            ? { role, content }
            : {
                role,
                model: "claude-opus-5-5",
                content,
                stop_reason: index === parts.length - 1 ? "end_turn" : "tool_use",
                usage: { input_tokens: 21_430, output_tokens: 412 },
              },
        uuid,
        timestamp: new Date(endedAt - (parts.length - index) * 9_000).toISOString(),
        userType: "external",
        cwd: directory,
        sessionId,
        version: "2.1.329",
        gitBranch: "main",
      };
      parent = uuid;
      return `${JSON.stringify(record)}\n`;
    })
    .join("");
}
