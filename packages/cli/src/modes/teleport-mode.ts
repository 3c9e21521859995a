/** teleport-mode: writes a stored session to a bundle and reads it back [CMD-teleport-mode-1]. */
import { basename, dirname, resolve } from "node:path";
import type { CommandContext } from "../harness/context.ts";
import { toTimestamp } from "../harness/envelope.ts";
import { CommandError } from "../harness/error.ts";
import { escapeText, quoteValue } from "../output/escape.ts";
import { openSessionStore } from "../session-store/open-session-store.ts";
import { readRegularFile } from "../session-store/read-regular-file.ts";
import type { FilePort } from "../session-store/file-port.ts";
import { isSessionId } from "../session-store/session-id.ts";
import type { SessionRecord } from "../session-store/session-record.ts";
import { writeWholeFile, type WholeFile } from "../session-store/write-whole-file.ts";
import type { ModeAnswer } from "./remote-mode.ts";
import { showTarget } from "./server-target.ts";
import { encodeBundle, isWholeBundle } from "./session-bundle.ts";

type TeleportContext = Pick<
  CommandContext,
  "workingDirectory" | "pid" | "now" | "monotonicMs" | "randomBytes" | "product"
>;

export interface TeleportRequest {
  readonly target: string;
  readonly directory: string;
  /** Where the bundle goes; given, the caller demands one. */
  readonly output: string | undefined;
  readonly files?: FilePort;
}

export async function teleport(context: TeleportContext, request: TeleportRequest): Promise<ModeAnswer> {
  const { target, directory, output } = request;
  const lines = (isConnected: boolean, detail: string, ...rest: string[]): string[] => [
    "mode=teleport",
    `connected=${isConnected ? "True" : "False"}`,
    `detail=${detail}: ${showTarget(target)}`,
    ...rest,
  ];
  try {
    const record = await loadIfThere(context, request);
    if (record === undefined) {
      const hint = `hint=name a session that \`parl list-sessions --directory ${showTarget(directory)}\` shows`;
      return {
        lines: lines(false, `no such session in ${showTarget(directory)}, nothing was written`, hint),
        exitCode: output === undefined ? 0 : 1,
      };
    }
    const path = output ?? `${target}.parlbundle.json`;
    writeBundle(context, { path, record, files: request.files ?? process.getBuiltinModule("node:fs") });
    return { lines: lines(true, "the bundle is written and whole", `bundle=${showTarget(path)}`), exitCode: 0 };
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown;
    return { lines: lines(false, escapeText(thrown.message)), exitCode: 1 };
  }
}

/** Undefined when TARGET names no session, so that there is nothing to try. */
async function loadIfThere(
  context: TeleportContext,
  { target, directory, files }: TeleportRequest,
): Promise<SessionRecord | undefined> {
  if (!isSessionId(target)) return undefined;
  const store = openSessionStore({ directory, context, ...(files === undefined ? {} : { files }) });
  try {
    return await store.load(target);
  } catch (thrown) {
    if (thrown instanceof CommandError && thrown.kind === "session_not_found") return undefined;
    throw thrown;
  }
}

/** Never over an existing file. Errors: `filesystem`. */
function writeBundle(
  context: TeleportContext,
  { path, record, files }: { readonly path: string; readonly record: SessionRecord; readonly files: FilePort },
): void {
  const absolute = resolve(context.workingDirectory, path);
  const text = encodeBundle(record, {
    exportedAt: toTimestamp(context.now()),
    productVersion: context.product.version,
  });
  placeBundle(files, {
    directory: dirname(absolute),
    name: basename(absolute),
    temporaryName: `.${Buffer.from(context.randomBytes(16)).toString("hex")}.parlbundle.tmp`,
    text,
    shownPath: path,
  });
  const written = readRegularFile(files, absolute, Number.MAX_SAFE_INTEGER);
  if (written.type === "file" && isWholeBundle(written.bytes.toString("utf8"))) return;
  throw new CommandError({
    kind: "filesystem",
    operation: "read",
    target: path,
    retryable: true,
    message: `the bundle '${path}' was written, but what is read back has another checksum`,
    hint: "remove it and check that file system, then run the command again",
  });
}

function placeBundle(files: FilePort, plan: Omit<WholeFile, "mode">): void {
  try {
    writeWholeFile(files, { ...plan, mode: "create" });
  } catch (thrown) {
    if (!(thrown instanceof CommandError) || thrown.options.errno !== "EEXIST") throw thrown;
    const message = `${quoteValue(plan.shownPath)} is there already and is never overwritten`;
    throw new CommandError({
      ...thrown.options,
      message,
      hint: "give another file with `--output FILE`",
      cause: thrown,
    });
  }
}
