/** Reads a certificate and its key, and refuses what could not be served, in words for whoever runs the server. */
import { X509Certificate, createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";

export interface TlsPaths {
  /** PEM: the server's certificate first, then those up to the authority. */
  readonly certificatePath: string;
  /** PEM, without a passphrase. */
  readonly keyPath: string;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the server's certificate, as `AB:CD:…`. */
  readonly fingerprint: string;
  /** What is served all the same, and should not be. */
  readonly warnings: readonly string[];
}

/** Which of the two files cannot be used, and what it must be; never what is in it. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
  readonly part: "certificate" | "key";

  constructor(part: "certificate" | "key", problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.part = part;
  }
}

/** `now` in milliseconds; `userId` where files have owners. Raises CertificateError. */
export function readCertificate(paths: TlsPaths, now: number, userId: number | undefined): Certificate {
  const { certificatePath, keyPath } = paths;
  const cert = readPem("certificate", certificatePath);
  const leaf = attempt(
    () => new X509Certificate(cert),
    (cause) =>
      new CertificateError("certificate", `must hold a certificate in PEM: ${certificatePath} does not`, { cause }),
  );
  const key = readPem("key", keyPath);
  if (!leaf.checkPrivateKey(parseKey(key, keyPath))) {
    throw new CertificateError("key", `must be the key of the certificate: that in ${keyPath} is another one's`);
  }
  attempt(
    () => createSecureContext({ cert, key }),
    (cause) =>
      new CertificateError("certificate", `must hold a chain that can be served: ${certificatePath} cannot`, { cause }),
  );
  return {
    cert,
    key,
    fingerprint: leaf.fingerprint256,
    warnings: [...timeWarnings(leaf, now), ...modeWarnings(keyPath, userId)],
  };
}

function readPem(part: CertificateError["part"], path: string): string {
  return attempt(
    () => readFileSync(path, "utf8"),
    (cause) => new CertificateError(part, `must be a file that can be read: ${path} cannot`, { cause }),
  );
}

function parseKey(pem: string, path: string): KeyObject {
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/mu.test(pem);
  if (isEncrypted) {
    throw new CertificateError(
      "key",
      `must hold a key without a passphrase: that in ${path} has one, and nobody to ask`,
    );
  }
  return attempt(
    () => createPrivateKey(pem),
    (cause) => new CertificateError("key", `must hold a private key in PEM: ${path} does not`, { cause }),
  );
}

function timeWarnings({ validFromDate, validToDate }: X509Certificate, now: number): string[] {
  if (validToDate.getTime() <= now) return [`the certificate has expired: ${validToDate.toISOString()}`];
  if (validFromDate.getTime() > now) return [`the certificate is not valid before ${validFromDate.toISOString()}`];
  return [];
}

/** One that belongs to somebody else, such as root, is theirs to protect: what they let a group read is meant so. */
function modeWarnings(keyPath: string, userId: number | undefined): string[] {
  const { uid, mode } = statSync(keyPath);
  if (uid !== userId || (mode & 0o077) === 0) return [];
  return [`others can read the key of the certificate; run \`chmod 600 ${keyPath}\``];
}

function attempt<Result>(work: () => Result, toError: (cause: unknown) => CertificateError): Result {
  try {
    return work();
  } catch (cause) {
    throw toError(cause);
  }
}
