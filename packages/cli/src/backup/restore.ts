/**
 * Puts a backup back [CLI-21]: only where nothing is yet, and nothing is moved into its place before the whole file was
 * proven. States: checked -> unpacked beside -> proven -> moved into place.
 */
import { mkdir, mkdtemp, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { CommandContext } from "../harness/context.ts";
import { CommandError, filesystemError, isSystemError } from "../harness/error.ts";
import {
  createOpener,
  encodeHeader,
  maxHeaderBytes,
  parseHeader,
  type BackupHeader,
  type BackupOpener,
} from "./backup-format.ts";
import { databasePath } from "./database-path.ts";
import { askPassphrase, readPassphrase } from "./passphrase.ts";
import { Unpacker } from "./unpacker.ts";

export interface RestoreResult {
  readonly file: string;
  readonly home: string;
  readonly created_at: string;
  readonly files: readonly string[];
}

const chunkBytes = 1024 * 1024;
const lineFeed = 0x0a;

/** Errors: `home_not_empty`, `invalid_backup`, `invalid_input`, `filesystem`, `bad_request`. */
export async function restore(
  context: CommandContext,
  args: { readonly file: string; readonly passphraseStdin: boolean },
): Promise<RestoreResult> {
  const { home } = context;
  const database = databasePath(context);
  await refuseUsed(home, database);
  const path = resolve(context.workingDirectory, args.file);
  const source = await open(path, "r").catch((cause: unknown) => {
    throw filesystemError(cause, { target: path, operation: "open" });
  });
  try {
    const { header, line } = await readHeader(source, args.file);
    const passphrase = header.encryption === null ? undefined : await choosePassphrase(context, args);
    await mkdir(home, { recursive: true, mode: 0o700 });
    const workspace = await mkdtemp(join(home, ".restore-"));
    try {
      const opener = await createOpener(header, line, passphrase);
      const names = await unpack({ source, from: line.length, opener, workspace, file: args.file });
      await mkdir(dirname(database), { recursive: true, mode: 0o700 });
      // The config last: with it there the home counts as one that is used.
      for (const name of names.toSorted((a, b) => Number(a === "config.json") - Number(b === "config.json"))) {
        await rename(join(workspace, name), name === "parl.db" ? database : join(home, name));
      }
      return { file: args.file, home, created_at: header.created_at, files: names };
    } finally {
      await rm(workspace, { recursive: true, force: true });
    }
  } finally {
    await source.close();
  }
}

async function refuseUsed(home: string, database: string): Promise<void> {
  const refuse = (target: string): CommandError =>
    new CommandError({
      kind: "home_not_empty",
      target,
      message: `${target} ${target === home ? "is not empty" : "exists"}; a backup is restored only where nothing is yet`,
    });
  try {
    if ((await readdir(home)).length > 0) throw refuse(home);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (cause.code !== "ENOENT") throw filesystemError(cause, { target: home, operation: "open" });
  }
  const exists = await stat(database).then(
    () => true,
    () => false,
  );
  if (exists) throw refuse(database);
}

async function readHeader(source: FileHandle, file: string): Promise<{ header: BackupHeader; line: Buffer }> {
  const start = Buffer.alloc(maxHeaderBytes);
  const { bytesRead } = await source.read(start, 0, maxHeaderBytes, 0).catch((cause: unknown) => {
    throw filesystemError(cause, { target: file, operation: "read" });
  });
  const end = start.subarray(0, bytesRead).indexOf(lineFeed);
  const header = end === -1 ? undefined : parseHeader(start.toString("utf8", 0, end));
  if (header === undefined) throw invalid(file, "is no backup this program can read");
  const line = start.subarray(0, end + 1);
  // The proof covers these very bytes; a header in another spelling is not ours.
  if (!encodeHeader(header).equals(line)) throw invalid(file, "has a changed first line");
  return { header, line };
}

async function choosePassphrase(
  context: CommandContext,
  args: { readonly file: string; readonly passphraseStdin: boolean },
): Promise<string> {
  if (args.passphraseStdin) return readPassphrase(context);
  const asked = context.canAsk ? await askPassphrase(context, "Passphrase of the backup") : undefined;
  if (asked !== undefined) return asked;
  throw new CommandError({
    kind: "invalid_input",
    operation: "read_passphrase",
    target: args.file,
    message: `${args.file} is encrypted and no passphrase was given`,
    hint: "give it with `--passphrase-stdin < FILE`, or run the command at a terminal",
  });
}

interface UnpackOptions {
  readonly source: FileHandle;
  /** Offset of the first byte behind the header. */
  readonly from: number;
  readonly opener: BackupOpener;
  readonly workspace: string;
  readonly file: string;
}

async function unpack({ source, from, opener, workspace, file }: UnpackOptions): Promise<string[]> {
  const { size } = await source.stat();
  const end = size - opener.proofBytes;
  if (end < from) throw invalid(file, "is cut off");
  const unpacker = new Unpacker(workspace);
  try {
    const buffer = Buffer.alloc(chunkBytes);
    let problem: string | undefined;
    for (let at = from; at < end;) {
      const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) throw invalid(file, "is cut off");
      at += bytesRead;
      const plain = opener.update(buffer.subarray(0, bytesRead));
      // What a wrong passphrase gives is noise; the proof says so better than the noise does.
      problem ??= await unpacker.write(plain);
    }
    const proof = Buffer.alloc(opener.proofBytes);
    await source.read(proof, 0, proof.length, end);
    if (!opener.proves(proof)) throw invalid(file, "is damaged, or the passphrase is not the one it was made with");
    problem ??= unpacker.problem();
    if (problem !== undefined) throw invalid(file, problem);
    return unpacker.names;
  } finally {
    await unpacker.close();
  }
}

function invalid(file: string, problem: string): CommandError {
  return new CommandError({
    kind: "invalid_backup",
    target: file,
    message: `${file} ${problem}; nothing was restored`,
  });
}
