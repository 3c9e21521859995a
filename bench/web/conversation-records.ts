/** A long conversation as Claude Code writes it: prompts, answers in Markdown, tool calls with results, thinking. */
export function conversationRecords(options: {
  sessionId: string;
  directory: string;
  /** Records, each of which is one message of the log. */
  messages: number;
}): Readonly<Record<string, unknown>>[] {
  const { sessionId, directory, messages } = options;
  const started = Date.UTC(2026, 10, 1);
  let parent: string | null = null;
  return Array.from({ length: messages }, (_, index) => {
    const uuid: string = `${sessionId.slice(0, 24)}${index.toString(16).padStart(12, "0")}`;
    const { type, content, isOver } = turnPart(index);
    const record = {
      parentUuid: parent,
      isSidechain: false,
      type,
      message:
        type === "user"
          ? { role: "user", content }
          : {
              role: "assistant",
              model: "claude-opus-5-5",
              content,
              stop_reason: isOver ? "end_turn" : "tool_use",
              usage: { input_tokens: 12, output_tokens: 70 },
            },
      uuid,
      timestamp: new Date(started + index * 2_000).toISOString(),
      userType: "external",
      cwd: directory,
      sessionId,
      version: "2.1.329",
      gitBranch: "main",
    };
    parent = uuid;
    return record;
  });
}

/** Six messages a turn. */
function turnPart(index: number): { type: "user" | "assistant"; content: unknown; isOver: boolean } {
  const turn = Math.floor(index / 6);
  const call = (name: string, input: unknown) => ({ type: "tool_use", id: `toolu_${turn}_${name}`, name, input });
  const result = (name: string, text: string) => [
    { type: "tool_result", tool_use_id: `toolu_${turn}_${name}`, content: text },
  ];
  switch (index % 6) {
    case 0:
      return { type: "user", content: `Please look at step ${turn} of the cart and mend its total.`, isOver: false };
    case 1:
      return {
        type: "assistant",
        content: [
          { type: "thinking", thinking: "Rounding happens twice. I look at the test first." },
          call("Bash", { command: `npm test -- cart-${turn}`, description: "Run the tests" }),
        ],
        isOver: false,
      };
    case 2:
      return {
        type: "user",
        content: result("Bash", Array.from({ length: 30 }, (_, line) => `✓ cart ${turn}.${line} passes`).join("\n")),
        isOver: false,
      };
    case 3:
      return {
        type: "assistant",
        content: [
          call("Edit", {
            file_path: `/srv/shop/src/cart-${turn % 40}.ts`,
            old_string: "const total = lines.map(round).reduce(sum);\nreturn round(total);",
            new_string: "const total = lines.reduce(sum);\nreturn round(total);",
          }),
        ],
        isOver: false,
      };
    case 4:
      return { type: "user", content: result("Edit", "The file has been updated."), isOver: false };
    default:
      return { type: "assistant", content: [{ type: "text", text: answer(turn) }], isOver: true };
  }
}

function answer(turn: number): string {
  return [
    `## Step ${turn}`,
    `The total of step ${turn} was wrong because **rounding happened twice**: once per line, once per order.`,
    "- the line total keeps its fractions now\n- only the order is rounded\n- the tests say so",
    "```ts\nexport function total(lines: readonly Line[]): Money {\n  return round(lines.reduce(sum, 0));\n}\n```",
    `Nothing else in \`cart-${turn % 40}.ts\` changed.`,
  ].join("\n\n");
}
