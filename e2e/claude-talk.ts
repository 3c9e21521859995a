/** A session as Claude Code writes it, with every tool that the conversation view knows and texts that mean harm. */
import { Conversation } from "../packages/server/test/sessions/log/conversation.ts";

/** What a reply looks like that uses most of Markdown. */
export const richReply = [
  "# Done\n\nThe cart rounds **once per order** now. See [the note](https://example.org/rounding) and `cart.ts`.",
  "- [x] rounding\n- [ ] invoices\n  - nested point",
  '```ts\nexport function total(lines: readonly Line[]): number {\n  // Rounded once.\n  return round(lines.reduce((sum, { price }) => sum + price, 0), 2);\n}\nconst label = "a very long line that goes on and on so that it has to scroll sideways, on a phone and on a desk, whatever one does";\n```',
  "| case | before | after |\n| --- | ---: | ---: |\n| 3 × 0.335 | 1.02 | 1.01 |\n| empty | 0 | 0 |",
  "> It was *twice* before.\n\n1. first\n2. second",
].join("\n\n");

/** Texts that would do something if they were more than text. */
export const hostileTexts = [
  '<script>window.harmed = "script"</script>',
  "<img src=x onerror=\"window.harmed = 'image'\">",
  "[click me](javascript:window.harmed='link')",
  "![picture](http://127.0.0.1:9/beacon.png)",
  '<a href="javascript:window.harmed=1">a</a> <iframe srcdoc="<script>parent.harmed=1</script>"></iframe>',
  "[data](data:text/html,<script>opener.harmed=1</script>)",
];

/** One call of every tool that is shown in a form of its own, and of two that are not. */
export function everyTool(options: { sessionId: string; seed?: number }): Conversation {
  const talk = new Conversation(options);
  talk.prompt("Fix the cart total, please.\n\nThe tests are in `cart.test.ts`.");
  talk.think("The total is rounded per line. I should look at the tests first.");
  const call = (id: string, name: string, input: unknown, result: unknown, isError = false): void => {
    talk.call(id, name, input);
    talk.result(id, result, { isError });
  };
  call("t1", "Read", { file_path: "/home/anna/shop/cart.ts", limit: 40 }, "     1\texport const total = 1;\n     2\t");
  call("t2", "Grep", { pattern: "round\\(", path: "src", output_mode: "content" }, "src/cart.ts:12: round(price)");
  call("t3", "Glob", { pattern: "**/*.test.ts" }, "cart.test.ts\ninvoice.test.ts");
  call(
    "t4",
    "Bash",
    { command: "npm test -- cart", description: "Runs the tests" },
    Array.from({ length: 40 }, (_, line) => `\u001B[32m✓\u001B[0m test ${line + 1}`).join("\n"),
  );
  talk.reply("I see it: the lines are rounded one by one.");
  call(
    "t5",
    "TodoWrite",
    {
      todos: [
        { content: "Read the tests", status: "completed", activeForm: "Reading" },
        { content: "Round once", status: "in_progress", activeForm: "Rounding" },
        { content: "Run everything", status: "pending", activeForm: "Running" },
      ],
    },
    "Todos have been modified",
  );
  call(
    "t6",
    "Edit",
    {
      file_path: "/home/anna/shop/cart.ts",
      old_string: "const a = 1;\nreturn round(line.price, 2);\nconst b = 2;",
      new_string: "const a = 1;\nreturn round(order.price, 2);\nconst b = 2;\nconst c = 3;",
    },
    "The file has been updated.",
  );
  call(
    "t7",
    "MultiEdit",
    {
      file_path: "/home/anna/shop/b.ts",
      edits: [
        { old_string: "x", new_string: "y" },
        { old_string: "1", new_string: "2" },
      ],
    },
    "Applied 2 edits",
  );
  call(
    "t8",
    "Write",
    { file_path: "/home/anna/shop/new.ts", content: "export const one = 1;\nexport const two = 2;\n" },
    "ok",
  );
  call("t9", "Bash", { command: "npm run lint" }, "error: unexpected token\n  at line 3", true);
  talk.reply("One thing is left for somebody else.");
  call(
    "t10",
    "Task",
    { description: "Look at invoices", subagent_type: "explorer", prompt: "Look whether invoices round too." },
    [{ type: "text", text: "They **do** round twice." }],
  );
  call("t11", "WebFetch", { url: "https://example.org/rounding", prompt: "What is said?" }, "Round *half to even*.");
  call("t12", "WebSearch", { query: "banker's rounding" }, "Links: …");
  call(
    "t13",
    "mcp__tracker__create_issue",
    { title: "Round once", labels: ["bug", "cart"], meta: { points: 3 } },
    '{"id":7}',
  );
  call("t14", "SomethingNew", { flag: true, count: 3, nested: { deep: [1, 2] } }, "");
  talk.reply(richReply);
  talk.prompt("<command-name>/compact</command-name>\n<command-args>keep the numbers</command-args>");
  talk.prompt("This session is continued from another one. What was done: the **cart** was fixed.", {
    isCompactSummary: true,
  });
  talk.assistant([{ type: "text", text: "API Error: 529 overloaded" }], { record: { isApiErrorMessage: true } });
  return talk;
}
