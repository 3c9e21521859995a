import { chooseMesh } from "../config/choose-mesh.ts";
import { loadConfig } from "../config/config-file.ts";
import type { JoinedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { withControlClient } from "./with-control-client.ts";

interface Where {
  readonly mesh: string | undefined;
}

export interface MemoryRow {
  readonly id: string;
  readonly content: string;
  readonly tags: readonly string[];
  readonly remembered_by: string;
  readonly member_key: string;
  readonly remembered_at: string;
  readonly score: number;
}

/** [CLI-19]. Errors: `value_too_large`, `limit_reached`, those of a one-shot connection. */
export async function remember(
  context: CommandContext,
  args: Where & { readonly text: string; readonly tag: readonly string[] },
): Promise<{ mesh: string; id: string }> {
  if (args.text === "") {
    throw new CommandError({
      kind: "invalid_input",
      operation: "remember",
      message: "there is nothing to remember: the text is empty",
      hint: "give a text, or `-` to read it from stdin",
    });
  }
  const mesh = await choose(context, args);
  const subject = { operation: "remember" };
  const id = await withControlClient(context, { mesh, subject }, (client) => client.remember(args.text, args.tag));
  return { mesh: mesh.slug, id };
}

/** [CLI-19]. Errors: those of a one-shot connection. */
export async function recall(
  context: CommandContext,
  args: Where & { readonly query: string; readonly tag: readonly string[]; readonly limit: number },
): Promise<{ query: string; mesh: string; memories: MemoryRow[] }> {
  const mesh = await choose(context, args);
  const filter = { limit: args.limit, ...(args.tag.length === 0 ? {} : { tags: args.tag }) };
  const subject = { operation: "recall", payload: () => ({ query: args.query }) };
  const memories = await withControlClient(context, { mesh, subject }, (client) => client.recall(args.query, filter));
  return {
    query: args.query,
    mesh: mesh.slug,
    memories: memories.map(({ id, content, tags, rememberedBy, memberPubkey, rememberedAt, score }) => ({
      id,
      content,
      tags,
      remembered_by: rememberedBy,
      member_key: memberPubkey,
      remembered_at: rememberedAt,
      score: score ?? 0,
    })),
  };
}

/** [CLI-19]. Errors: `memory_not_found`, `ambiguous`, `forbidden`, those of a one-shot connection. */
export async function forget(
  context: CommandContext,
  args: Where & { readonly id: string },
): Promise<{ id: string; mesh: string; forgotten: true }> {
  const mesh = await choose(context, args);
  const subject = {
    target: args.id,
    operation: "forget",
    notFound: "memory_not_found",
    payload: () => ({ id: args.id }),
  } as const;
  await withControlClient(context, { mesh, subject }, (client) => client.forget(args.id));
  return { id: args.id, mesh: mesh.slug, forgotten: true };
}

async function choose(context: CommandContext, { mesh }: Where): Promise<JoinedMesh> {
  return chooseMesh(context, await loadConfig(context.home), mesh);
}
