/**
 * A backup while the server runs [CLI-21]: the database is copied by SQLite itself, which gives one consistent moment
 * however much is written meanwhile; config and admin token are files that are only ever replaced whole.
 */
import { mkdtemp, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { CommandContext } from "../harness/context.ts";
import { CommandError, filesystemError, isSystemError } from "../harness/error.ts";
import { createEncryption, createSealer, encodeHeader, type BackupHeader, type BackupSealer } from "./backup-format.ts";
import { databasePath } from "./database-path.ts";
import { askPassphrase, readPassphrase } from "./passphrase.ts";

export interface BackupResult {
  readonly path: string;
  readonly bytes: number;
  readonly encrypted: boolean;
  readonly files: readonly string[];
}

interface Source {
  readonly name: string;
  readonly path: string;
}

const chunkBytes = 1024 * 1024;

/** Errors: `filesystem`, `invalid_input`, `bad_request`. */
export async function backUp(
  context: CommandContext,
  args: { readonly out: string; readonly passphraseStdin: boolean },
): Promise<BackupResult> {
  const path = resolve(context.workingDirectory, args.out);
  const database = databasePath(context);
  await refuseExisting(path);
  const passphrase = await choosePassphrase(context, args.passphraseStdin);
  if (passphrase === undefined) {
    context.warn(
      "backup_not_encrypted",
      `${path} is not encrypted, and it holds secret keys; keep it where nobody else can read it`,
    );
  }
  // Beside the result: there must be room for it there anyway, and renaming stays within one file system.
  const workspace = await mkdtemp(join(dirname(path), `.${basename(path)}-`)).catch((cause: unknown) => {
    throw filesystemError(cause, { target: dirname(path), operation: "mkdir" });
  });
  try {
    const copy = join(workspace, "parl.db");
    const found = [
      ...(copyDatabase(database, copy) ? [{ name: "parl.db", path: copy }] : []),
      { name: "config.json", path: join(context.home, "config.json") },
      { name: "admin-token", path: join(context.home, "admin-token") },
    ];
    const sources: Source[] = [];
    for (const source of found) if (await exists(source.path)) sources.push(source);
    if (sources.length === 0) {
      throw new CommandError({
        kind: "filesystem",
        operation: "open",
        target: context.home,
        errno: "ENOENT",
        message: `there is nothing to back up in ${context.home}`,
        hint: "set PARL_HOME to where the server's files are",
      });
    }
    const header: BackupHeader = {
      format: "parlatory.backup",
      version: 1,
      created_at: context.now().toISOString(),
      product_version: context.product.version,
      encryption: passphrase === undefined ? null : createEncryption((count) => context.randomBytes(count)),
    };
    const temporary = join(workspace, "backup");
    await writeBackup(temporary, { header, sources, passphrase });
    await refuseExisting(path);
    await rename(temporary, path);
    const files = sources.map(({ name }) => name);
    return { path, bytes: (await stat(path)).size, encrypted: passphrase !== undefined, files };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

async function choosePassphrase(context: CommandContext, fromStdin: boolean): Promise<string | undefined> {
  if (fromStdin) return readPassphrase(context);
  if (!context.canAsk) return undefined;
  const first = await askPassphrase(context, "Passphrase (empty: not encrypted)");
  if (first === undefined || (await askPassphrase(context, "The same again")) === first) return first;
  throw new CommandError({
    kind: "invalid_input",
    operation: "read_passphrase",
    message: "the two passphrases differ; nothing was written",
    hint: "run the command again",
  });
}

/** False when there is no database. Errors: `filesystem`. */
function copyDatabase(from: string, to: string): boolean {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
  } catch {
    return false;
  }
  try {
    database.prepare("VACUUM INTO ?").run(to);
    return true;
  } catch (cause) {
    throw filesystemError(cause, { target: from, operation: "read" });
  } finally {
    database.close();
  }
}

async function writeBackup(
  path: string,
  {
    header,
    sources,
    passphrase,
  }: { readonly header: BackupHeader; readonly sources: readonly Source[]; readonly passphrase: string | undefined },
): Promise<void> {
  const line = encodeHeader(header);
  const sealer = await createSealer(header, line, passphrase);
  const out = await open(path, "wx", 0o600);
  try {
    await out.writeFile(line);
    for (const { name, path: from } of sources) await addFile(out, sealer, { name, from });
    await out.writeFile(sealer.end());
    await out.sync();
  } finally {
    await out.close();
  }
}

async function addFile(
  out: FileHandle,
  sealer: BackupSealer,
  { name, from }: { readonly name: string; readonly from: string },
): Promise<void> {
  const source = await open(from, "r");
  try {
    const { size } = await source.stat();
    await out.writeFile(sealer.update(Buffer.from(`${JSON.stringify({ name, size })}\n`)));
    const buffer = Buffer.alloc(Math.min(chunkBytes, Math.max(1, size)));
    for (let left = size; left > 0;) {
      const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, left), null);
      if (bytesRead === 0) throw new Error(`${from} became shorter while it was read`);
      left -= bytesRead;
      await out.writeFile(sealer.update(buffer.subarray(0, bytesRead)));
    }
  } finally {
    await source.close();
  }
}

async function refuseExisting(path: string): Promise<void> {
  if (!(await exists(path))) return;
  throw new CommandError({
    kind: "filesystem",
    operation: "open",
    target: path,
    errno: "EEXIST",
    message: `${path} exists; a backup replaces nothing`,
    hint: "choose another file, or remove that one",
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if (isSystemError(cause) && (cause.code === "ENOENT" || cause.code === "ENOTDIR")) return false;
    throw filesystemError(cause, { target: path, operation: "open" });
  }
}
