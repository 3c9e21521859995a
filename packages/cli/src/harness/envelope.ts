import type { ErrorCategory, ErrorKind } from "@parlatory/protocol";
import { arrangePayload, redactText, redactValue } from "./redact.ts";
import type { PayloadField } from "./command.ts";

export const schemaVersion = "1.0";

/** The five fields every envelope begins with, in their order [ENV-3]. */
export const commonFields = ["timestamp", "command", "exit_code", "output_format", "schema_version"] as const;

/** What [ENV-8] and [STR-4] add; payload keys must not use these names either. */
export const frameworkFields = ["seq", "type", "final", "run_id", "warnings", "test_overrides", "error"] as const;

/** `error` of an envelope, keys in the order of [ERR-1]. */
export interface ErrorObject {
  readonly kind: ErrorKind;
  readonly category: ErrorCategory;
  readonly operation: string;
  readonly target: string;
  readonly retryable: boolean;
  readonly message: string;
  readonly hint: string;
  readonly errno?: string;
  readonly detail?: unknown;
  readonly directory?: string;
}

export interface Warning {
  readonly code: string;
  readonly message: string;
}

export interface StreamPosition {
  readonly seq: number;
  readonly type: string;
  readonly final: boolean;
}

export interface EnvelopeParts {
  readonly at: Date;
  readonly command: string;
  readonly exitCode: number;
  readonly fields: readonly PayloadField[];
  readonly payload: object;
  readonly position?: StreamPosition | undefined;
  readonly runId?: string | undefined;
  readonly warnings: readonly Warning[];
  readonly testOverrides: readonly string[];
  readonly error?: ErrorObject | undefined;
}

/** UTC with whole seconds, as in [ENV-3]. */
export function toTimestamp(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** One envelope as a plain object, keys in the order of its schema, secrets replaced. */
export function buildEnvelope(parts: EnvelopeParts): Record<string, unknown> {
  const { position, warnings, testOverrides } = parts;
  return {
    timestamp: toTimestamp(parts.at),
    command: redactText(parts.command),
    exit_code: parts.exitCode,
    output_format: "json",
    schema_version: schemaVersion,
    ...(position === undefined ? {} : { seq: position.seq, type: position.type, final: position.final }),
    ...arrangePayload(parts.payload, parts.fields),
    ...(parts.runId === undefined ? {} : { run_id: parts.runId }),
    ...(warnings.length === 0 ? {} : { warnings: redactValue(warnings) }),
    ...(testOverrides.length === 0 ? {} : { test_overrides: testOverrides }),
    ...(parts.error === undefined ? {} : { error: parts.error }),
  };
}

/** The line of an envelope; JSON never holds a raw line break, so the only LF is the last character [ENV-2]. */
export function encodeEnvelope(envelope: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(envelope)}\n`;
}
