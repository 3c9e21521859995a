import { compileJsonSchema } from "@parlatory/protocol/schemas";
import type { AnyCommandDefinition } from "./command.ts";
import { createCommandSchema } from "./command-schema.ts";

/** Throws when an envelope does not fit the strict schema of its command: a defect, found by `PARL_VALIDATE=1` [SCH-2]. */
export function assertValidEnvelope(envelope: unknown, definition: AnyCommandDefinition): void {
  const problems = compileJsonSchema(createCommandSchema(definition, { strict: true }))(envelope);
  if (problems.length > 0) {
    throw new Error(
      `the envelope of '${definition.path.join(" ")}' breaks its schema: ${problems.slice(0, 10).join("; ")}`,
    );
  }
}
