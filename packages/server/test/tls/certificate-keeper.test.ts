import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CertificateKeeper } from "../../src/tls/certificate-keeper.ts";
import { CertificateError } from "../../src/tls/read-certificate.ts";
import { HeldTime } from "../support/held-time.ts";
import { MemoryLog } from "../support/memory-log.ts";
import { testCertificate, type TestCertificate } from "../support/tls/certificates.ts";

const first = testCertificate("first");
const second = testCertificate("second");
let folder: string;
let paths: { certificatePath: string; keyPath: string };
let time: HeldTime;
let log: MemoryLog;
let shown: string[];
let keeper: CertificateKeeper | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parl-keeper-"));
  paths = { certificatePath: join(folder, "cert.pem"), keyPath: join(folder, "key.pem") };
  time = new HeldTime();
  log = new MemoryLog();
  shown = [];
  put(first);
});
afterEach(() => {
  keeper?.close();
  keeper = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function put({ certificatePath, keyPath }: TestCertificate): void {
  copyFileSync(certificatePath, paths.certificatePath);
  writeFileSync(paths.keyPath, readFileSync(keyPath), { mode: 0o600 });
}

function open(): CertificateKeeper {
  keeper = new CertificateKeeper({
    paths,
    home: folder,
    userId: process.getuid?.(),
    clock: time,
    scheduler: time,
    log,
  });
  keeper.watch({ setSecureContext: ({ cert }) => void shown.push(cert) });
  return keeper;
}

const fingerprintPath = (): string => join(folder, "certificate-fingerprint");
const fingerprint = (): string => readFileSync(fingerprintPath(), "utf8").trim();

test("[CONN-1] says in the home which certificate is shown, for its owner only, and takes it back at the end", () => {
  const opened = open();
  expect(opened.current).toMatchObject({ cert: first.cert, key: first.key });
  expect(fingerprint()).toBe(first.fingerprint);
  expect(statSync(fingerprintPath()).mode & 0o777).toBe(0o600);
  opened.close();
  expect(existsSync(fingerprintPath())).toBe(false);
});

test("[CONN-1] files that changed are shown without a restart, within a minute; those that did not are not read again", async () => {
  open();
  await time.advance(60_000);
  expect(shown).toEqual([]);
  put(second);
  await time.advance(59_999);
  expect(shown).toEqual([]);
  await time.advance(1);
  expect(shown).toEqual([second.cert]);
  expect(fingerprint()).toBe(second.fingerprint);
  await time.advance(600_000);
  expect(shown).toHaveLength(1);
});

test("[CONN-1] a link that leads to another file is a change", async () => {
  rmSync(paths.certificatePath);
  rmSync(paths.keyPath);
  symlinkSync(first.certificatePath, paths.certificatePath);
  symlinkSync(first.keyPath, paths.keyPath);
  open();
  rmSync(paths.certificatePath);
  rmSync(paths.keyPath);
  symlinkSync(second.certificatePath, paths.certificatePath);
  symlinkSync(second.keyPath, paths.keyPath);
  await time.advance(60_000);
  expect(shown).toEqual([second.cert]);
});

test("[CONN-1] files that cannot be served are told once and change nothing, until both fit", async () => {
  open();
  copyFileSync(second.certificatePath, paths.certificatePath);
  await time.advance(180_000);
  expect(shown).toEqual([]);
  expect(fingerprint()).toBe(first.fingerprint);
  const warnings = log.lines.filter(({ level }) => level === "warn");
  expect(warnings).toMatchObject([{ msg: "the certificate changed and cannot be served; the one before still is" }]);
  expect(JSON.stringify(log.lines)).not.toContain("PRIVATE KEY");
  writeFileSync(paths.keyPath, second.key);
  await time.advance(60_000);
  expect(shown).toEqual([second.cert]);
  rmSync(paths.keyPath);
  await time.advance(60_000);
  put(first);
  await time.advance(60_000);
  expect(shown).toEqual([second.cert, first.cert]);
});

test("[CONN-1] nothing is looked at after the end, and what cannot be read is refused at the beginning", async () => {
  open().close();
  put(second);
  await time.advance(600_000);
  expect(shown).toEqual([]);
  rmSync(paths.certificatePath);
  expect(() => open()).toThrow(CertificateError);
});
