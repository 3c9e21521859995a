import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CertificateError, readCertificate } from "../../src/tls/read-certificate.ts";
import { testCertificate } from "../support/tls/certificates.ts";

const NOW = Date.UTC(2026, 0, 1);
const first = testCertificate("first");
let folder: string;
let paths: { certificatePath: string; keyPath: string };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parl-certificate-"));
  paths = { certificatePath: join(folder, "cert.pem"), keyPath: join(folder, "key.pem") };
  write(first.cert, first.key);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(cert: string, key: string): void {
  writeFileSync(paths.certificatePath, cert);
  writeFileSync(paths.keyPath, key, { mode: 0o600 });
}

function refusal(): { part: string; message: string; text: string } {
  try {
    readCertificate(paths, NOW, process.getuid?.());
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { part: error.part, message: error.message, text: `${error.message} ${String(error.cause)}` };
  }
  throw new Error("nothing was refused");
}

test("[CONN-1] a certificate and its key are read, whichever comes behind them in the chain", () => {
  write(first.cert + testCertificate("second").cert, first.key);
  expect(readCertificate(paths, NOW, process.getuid?.())).toEqual({
    cert: first.cert + testCertificate("second").cert,
    key: first.key,
    fingerprint: first.fingerprint,
    warnings: [],
  });
});

test("[CONN-1] what cannot be served is refused with the file and what it must be, and nothing of a key is told", () => {
  const at = { certificate: paths.certificatePath, key: paths.keyPath };
  write("no certificate", first.key);
  expect(refusal()).toMatchObject({
    part: "certificate",
    message: `must hold a certificate in PEM: ${at.certificate} does not`,
  });
  write(first.cert, "no key");
  expect(refusal()).toMatchObject({ part: "key", message: `must hold a private key in PEM: ${at.key} does not` });
  write(first.cert, testCertificate("second").key);
  const foreign = refusal();
  expect(foreign).toMatchObject({
    part: "key",
    message: `must be the key of the certificate: that in ${at.key} is another one's`,
  });
  const secret = testCertificate("second").key.split("\n")[1] ?? "";
  expect(foreign.text).not.toContain(secret);
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "s3cret" },
  });
  write(first.cert, privateKey);
  expect(refusal()).toMatchObject({
    part: "key",
    message: expect.stringContaining("must hold a key without a passphrase"),
  });
  write(`${first.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`, first.key);
  expect(refusal()).toMatchObject({
    part: "certificate",
    message: expect.stringContaining("chain that can be served"),
  });
  rmSync(paths.keyPath);
  expect(refusal()).toMatchObject({ part: "key", message: `must be a file that can be read: ${at.key} cannot` });
  rmSync(paths.certificatePath);
  expect(refusal()).toMatchObject({
    part: "certificate",
    message: `must be a file that can be read: ${at.certificate} cannot`,
  });
});

test("[CONN-1] one that has expired, or is not valid yet, is served with a warning", () => {
  const expired = testCertificate("expired");
  write(expired.cert, expired.key);
  expect(readCertificate(paths, NOW, process.getuid?.()).warnings).toEqual([
    "the certificate has expired: 2020-01-02T00:00:00.000Z",
  ]);
  expect(readCertificate(paths, Date.UTC(2019, 0, 1), process.getuid?.()).warnings).toEqual([
    "the certificate is not valid before 2020-01-01T00:00:00.000Z",
  ]);
});

test("[CONN-1] a key of ours that others can read is warned about, one that belongs to somebody else is theirs to protect", () => {
  chmodSync(paths.keyPath, 0o640);
  expect(readCertificate(paths, NOW, process.getuid?.()).warnings).toEqual([
    `others can read the key of the certificate; run \`chmod 600 ${paths.keyPath}\``,
  ]);
  expect(readCertificate(paths, NOW, (process.getuid?.() ?? 0) + 1).warnings).toEqual([]);
});
