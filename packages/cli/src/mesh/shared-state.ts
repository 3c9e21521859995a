import { chooseMesh } from "../config/choose-mesh.ts";
import { loadConfig } from "../config/config-file.ts";
import type { JoinedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";
import { toStateRow, type StateRow } from "./state-fields.ts";
import { withControlClient } from "./with-control-client.ts";

interface Where {
  readonly mesh: string | undefined;
}

/** [CLI-18]. Errors: `state_not_found`, those of a one-shot connection. */
export async function getState(
  context: CommandContext,
  args: Where & { readonly key: string },
): Promise<StateRow & { mesh: string }> {
  const mesh = await choose(context, args);
  const subject = { target: args.key, operation: "get_state", payload: () => ({ key: args.key }) };
  const entry = await withControlClient(context, { mesh, subject }, (client) => client.getState(args.key));
  if (entry.version === 0) {
    throw new CommandError({
      kind: "state_not_found",
      target: args.key,
      message: `there is no key ${quoteValue(args.key)} in '${mesh.slug}'`,
    });
  }
  return { mesh: mesh.slug, ...toStateRow(entry) };
}

/** [CLI-18]. Errors: `version_conflict` with `detail.current`, `value_too_large`, those of a one-shot connection. */
export async function setState(
  context: CommandContext,
  args: Where & { readonly key: string; readonly value: string; readonly ifVersion: number | undefined },
): Promise<{ mesh: string; key: string; version: number }> {
  const mesh = await choose(context, args);
  const subject = { target: args.key, operation: "set_state", payload: () => ({ key: args.key }) };
  const value = readValue(args.value);
  const entry = await withControlClient(context, { mesh, subject }, (client) =>
    client.setState(args.key, value, args.ifVersion),
  );
  return { mesh: mesh.slug, key: args.key, version: value === null ? 0 : entry.version };
}

/** [CLI-18]. Errors: those of a one-shot connection. */
export async function listState(
  context: CommandContext,
  args: Where & { readonly prefix: string | undefined },
): Promise<{ mesh: string; entries: StateRow[] }> {
  const mesh = await choose(context, args);
  const entries = await withControlClient(context, { mesh, subject: { operation: "list_state" } }, (client) =>
    client.listState(args.prefix),
  );
  return { mesh: mesh.slug, entries: entries.map(toStateRow) };
}

/** JSON where it is JSON, else the text itself [CLI-18]. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

async function choose(context: CommandContext, { mesh }: Where): Promise<JoinedMesh> {
  return chooseMesh(context, await loadConfig(context.home), mesh);
}
