import type { StateEntry } from "@parlatory/protocol";
import type { PayloadField } from "../harness/command.ts";
import { anything, count, object, string, type JsonSchema } from "../harness/json-schema.ts";

export interface StateRow {
  readonly key: string;
  readonly value: unknown;
  readonly version: number;
  readonly updated_by: string;
  readonly updated_at: string;
}

/** A state entry in an envelope; values are the callers' own and stay as they are. */
export const stateFields: readonly PayloadField[] = [
  { name: "key", schema: string, presence: "always", description: "the key", verbatim: true },
  { name: "value", schema: anything, presence: "always", description: "the value, any JSON", verbatim: true },
  { name: "version", schema: count, presence: "always", description: "number of writes of this key so far" },
  { name: "updated_by", schema: string, presence: "always", description: "name of the last writer" },
  { name: "updated_at", schema: string, presence: "always", description: "time of the last write" },
];

export const stateRow: JsonSchema = object({
  key: string,
  value: anything,
  version: count,
  updated_by: string,
  updated_at: string,
});

export function toStateRow({ key, value, version, updatedBy, updatedAt }: StateEntry): StateRow {
  return { key, value, version, updated_by: updatedBy, updated_at: updatedAt };
}
