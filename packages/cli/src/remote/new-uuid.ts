import type { CommandContext } from "../harness/context.ts";
import { randomUuid } from "@parlatory/client";

/** A new id in the form of the remote's [NAME-4]; predictable in tests, as all ids of a command are [DET-2]. */
export function newUuid({ newId }: Pick<CommandContext, "newId">): string {
  return randomUuid(() => Buffer.from(newId(), "hex"));
}
