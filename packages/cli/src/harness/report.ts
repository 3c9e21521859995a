/**
 * What a run says: results, failures, warnings and events, as one envelope or a stream in json mode and as text in text
 * mode [ENV-2], [ENV-6], [ERR-6]. It decides bytes and exit codes; it does not know how a command is run.
 */
import { buildEnvelope, encodeEnvelope, type EnvelopeParts, type StreamPosition, type Warning } from "./envelope.ts";
import { arrangePayload, redactText } from "./redact.ts";
import type { AnyCommandDefinition, CommandResult, PayloadField } from "./command.ts";
import type { StreamEvent, TextOutput } from "./context.ts";
import type { Determinism } from "./determinism.ts";
import type { CommandError } from "./error.ts";
import type { OutputFormat } from "./format.ts";
import type { DrainedWriter } from "../output/drained-writer.ts";
import { escapeOutput, escapeText } from "../output/escape.ts";

export interface ReportOptions {
  readonly format: OutputFormat;
  /** `command` of the envelope. */
  readonly command: string;
  readonly stdout: DrainedWriter;
  readonly stderr: DrainedWriter;
  readonly stderrIsTerminal: () => boolean;
  readonly colours: boolean;
  readonly determinism: Determinism;
  /** Throws when an envelope breaks the command's own schema; only with `PARL_VALIDATE=1` [SCH-2]. */
  readonly validate?: ((envelope: unknown, definition: AnyCommandDefinition) => Promise<void>) | undefined;
}

export interface ReportSubject {
  readonly words: readonly string[];
  readonly definition: AnyCommandDefinition | undefined;
  readonly position?: StreamPosition | undefined;
  /** Keys of an error envelope where the error names none [ERR-7]. */
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
}

export class Report {
  readonly #options: ReportOptions;
  readonly #warnings: Warning[] = [];

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  warn(code: string, message: string): void {
    const line = escapeText(redactText(message));
    if (this.#options.format === "json") this.#warnings.push({ code, message: line });
    else void this.#options.stderr.write(`warning: ${line}\n`);
  }

  note(line: string): void {
    if (this.#options.format === "text") void this.#options.stderr.write(`${escapeText(redactText(line))}\n`);
  }

  async errorText(output: TextOutput, raw = false): Promise<void> {
    if (this.#options.format === "text") await this.#options.stderr.write(this.#render(output, raw));
  }

  async text(output: TextOutput, raw = false): Promise<void> {
    if (this.#options.format === "text") await this.#options.stdout.write(this.#render(output, raw));
  }

  async event(
    event: StreamEvent,
    position: StreamPosition,
    definition: AnyCommandDefinition,
    text?: (event: StreamEvent) => TextOutput,
  ): Promise<void> {
    const { type, ...payload } = event;
    const fields = definition.events?.find((spec) => spec.type === type)?.fields ?? [];
    if (this.#options.format === "text") {
      if (text !== undefined) {
        await this.text(text({ type, ...arrangePayload(payload, fields) }), definition.rawText === true);
      }
      return;
    }
    await this.#writeEnvelope({ exitCode: 0, fields, payload, position, warnings: [], definition });
  }

  /** @returns the exit code */
  async result(
    result: CommandResult,
    subject: ReportSubject & { readonly definition: AnyCommandDefinition },
  ): Promise<number> {
    const { definition, position } = subject;
    const exitCode = result.exitCode ?? 0;
    if (this.#options.format === "json") {
      const { payload, runId } = result;
      const warnings = this.#warnings;
      await this.#writeEnvelope({
        exitCode,
        fields: definition.payload,
        payload,
        position,
        runId,
        warnings,
        definition,
      });
    } else if (result.text !== undefined) {
      const redacted = arrangePayload(result.payload, definition.payload);
      await this.#options.stdout.write(this.#render(result.text(redacted), definition.rawText === true));
    }
    return exitCode;
  }

  /** @returns the exit code */
  async failure(error: CommandError, subject: ReportSubject, { checked = true } = {}): Promise<number> {
    const { errorExitCode, toErrorObject } = await import("./error-report.ts");
    const { format, command } = this.#options;
    const exitCode = errorExitCode(error, format);
    const object = toErrorObject(error, command);
    if (format === "json") {
      const { definition, position } = subject;
      const payload = error.options.payload ?? (error.kind === "parse" ? {} : (subject.inputs ?? {}));
      const fields = failureFields(definition, payload);
      await this.#writeEnvelope({
        exitCode,
        fields,
        payload,
        position,
        runId: error.options.runId,
        warnings: this.#warnings,
        error: object,
        definition,
        checked,
      });
    } else {
      await this.#failureText(error, object, subject);
    }
    return exitCode;
  }

  async #failureText(
    error: CommandError,
    { message, hint }: { readonly message: string; readonly hint: string },
    { words, definition }: ReportSubject,
  ): Promise<void> {
    const { stdout, stderr, stderrIsTerminal } = this.#options;
    if (error.kind === "parse") {
      const { usageLine } = await import("./usage-line.ts");
      await stderr.write(`${usageLine(words, definition)}\nparl: error: ${message}\nhint: ${hint}\n`);
      return;
    }
    const sentence = error.options.text?.();
    if (definition?.group === "Harness") {
      await stdout.write(this.#render(sentence ?? `error: ${message}`, definition.rawText === true));
      if (stderrIsTerminal()) await stderr.write(`hint: ${hint}\n`);
      return;
    }
    if (sentence !== undefined) await stdout.write(this.#render(sentence, definition?.rawText === true));
    await stderr.write(`parl: ${message}\nhint: ${hint}\n`);
  }

  async #writeEnvelope(parts: {
    readonly exitCode: number;
    readonly fields: readonly PayloadField[];
    readonly payload: object;
    readonly warnings: readonly Warning[];
    readonly definition: AnyCommandDefinition | undefined;
    readonly position?: StreamPosition | undefined;
    readonly runId?: string | undefined;
    readonly error?: EnvelopeParts["error"];
    readonly checked?: boolean;
  }): Promise<void> {
    const { determinism, command, stdout, validate } = this.#options;
    const { definition, checked = true, ...rest } = parts;
    const envelope = buildEnvelope({ ...rest, at: determinism.now(), command, testOverrides: determinism.overrides });
    if (checked && validate !== undefined && definition !== undefined) await validate(envelope, definition);
    await stdout.write(encodeEnvelope(envelope));
  }

  #render(output: TextOutput, raw: boolean): string {
    const text = typeof output === "string" ? output : [...output].join("\n");
    if (text === "") return "";
    const safe = raw ? text : escapeOutput(text, this.#options.colours);
    return safe.endsWith("\n") ? safe : `${safe}\n`;
  }
}

/**
 * Key order of a failed result: that of the first declared branch which has all of its keys, else the declared branches
 * and then the success fields they repeat.
 */
function failureFields(definition: AnyCommandDefinition | undefined, payload: object): readonly PayloadField[] {
  if (definition === undefined) return [];
  const branches = definition.branches ?? [];
  const keys = Object.keys(payload);
  const fitting = branches.find(({ fields }) => keys.every((key) => fields.some(({ name }) => name === key)));
  if (fitting !== undefined) return fitting.fields;
  const seen = new Set<string>();
  return [...branches.flatMap(({ fields }) => fields), ...definition.payload].filter(({ name }) => {
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
}
