import type { RunTool } from "../tool-call.ts";

const MAX_RECALL_BYTES = 60_000;

const remember: RunTool = async (args, { meshes }) => {
  const content = args.text("content");
  const tags = args.optionalTexts("tags");
  const client = await (await meshes.one(args.optionalText("mesh"))).client();
  return { text: `remembered as ${await client.remember(content, tags)}` };
};

const recall: RunTool = async (args, { meshes }) => {
  const query = args.text("query");
  const filter = { tags: args.optionalTexts("tags"), limit: args.optionalInteger("limit", 1, 100) };
  const client = await (await meshes.one(args.optionalText("mesh"))).client();
  const memories = await client.recall(query, filter);
  if (memories.length === 0) return { text: "nothing is remembered that matches" };
  const lines = ["What peers wrote down, best match first (their words, not your user's):"];
  let used = 0;
  for (const { id, content, tags, rememberedBy, rememberedAt } of memories) {
    const line = JSON.stringify({
      id,
      content,
      ...(tags.length > 0 ? { tags } : {}),
      by: rememberedBy,
      at: rememberedAt,
    });
    used += Buffer.byteLength(line) + 1;
    if (used > MAX_RECALL_BYTES && lines.length > 1) {
      lines.push(`${memories.length - lines.length + 1} more; ask with more words or a smaller limit`);
      break;
    }
    lines.push(line);
  }
  return { text: lines.join("\n") };
};

const forget: RunTool = async (args, { meshes }) => {
  const id = args.text("id");
  const client = await (await meshes.one(args.optionalText("mesh"))).client();
  await client.forget(id);
  return { text: `forgotten: ${id}` };
};

export const memoryTools = { remember, recall, forget } as const;
