import type { StateEntry } from "@parlatory/protocol";
import type { RunTool } from "../tool-call.ts";
import { badArgument } from "../tool-error.ts";

const MAX_LIST_BYTES = 60_000;

const getState: RunTool = async (args, { meshes }) => {
  const key = args.text("key");
  const client = await (await meshes.one(args.optionalText("mesh"))).client();
  const entry = await client.getState(key);
  return { text: entry.version === 0 ? `${JSON.stringify(key)} is not set` : JSON.stringify(shown(entry)) };
};

const setState: RunTool = async (args, { meshes }) => {
  const key = args.text("key");
  if (!args.has("value")) throw badArgument("value", "given; null deletes the key");
  const ifVersion = args.optionalInteger("if_version", 0, Number.MAX_SAFE_INTEGER);
  const client = await (await meshes.one(args.optionalText("mesh"))).client();
  const entry = await client.setState(key, args.raw("value"), ifVersion);
  return {
    text:
      entry.value === null
        ? `${JSON.stringify(key)} deleted`
        : `${JSON.stringify(key)} written, version ${entry.version}`,
  };
};

const listState: RunTool = async (args, { meshes }) => {
  const client = await (await meshes.one(args.optionalText("mesh"))).client();
  const entries = await client.listState(args.optionalText("prefix"));
  if (entries.length === 0) return { text: "no keys" };
  const lines: string[] = [];
  let used = 0;
  for (const entry of entries) {
    const line = JSON.stringify(shown(entry));
    used += Buffer.byteLength(line) + 1;
    if (used > MAX_LIST_BYTES && lines.length > 0) break;
    lines.push(line);
  }
  if (lines.length < entries.length) lines.push(`${entries.length - lines.length} more keys; list them by prefix`);
  return { text: lines.join("\n") };
};

function shown({ key, value, version, updatedBy, updatedAt }: StateEntry): object {
  return { key, value, version, set_by: updatedBy, at: updatedAt };
}

const watchState: RunTool = async (args, { meshes }) => {
  const key = args.text("key");
  const off = args.optionalFlag("off") ?? false;
  const client = await (await meshes.one(args.optionalText("mesh"))).client();
  const watching = off ? await client.unwatchState(key) : await client.watchState(key);
  return {
    text:
      watching.length === 0
        ? "watching nothing"
        : `watching ${watching.map((pattern) => JSON.stringify(pattern)).join(", ")}`,
  };
};

export const stateTools = {
  get_state: getState,
  set_state: setState,
  list_state: listState,
  watch_state: watchState,
} as const;
