/**
 * The bytes of a backup. One line of JSON says what follows; then come the files, each behind a line with its name and
 * size; then some bytes that prove the whole. With a passphrase everything behind the first line is AES-256-GCM under a key
 * of scrypt, the first line is authenticated with it, and the proof is its 16-byte tag; without one the proof is SHA-256.
 * It must not know where files come from or go to.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  scrypt,
  timingSafeEqual,
  type CipherGCM,
  type DecipherGCM,
  type Hash,
} from "node:crypto";

export interface BackupHeader {
  readonly format: "parlatory.backup";
  readonly version: 1;
  /** ISO-8601. */
  readonly created_at: string;
  readonly product_version: string;
  readonly encryption: BackupEncryption | null;
}

export interface BackupEncryption {
  readonly cipher: "aes-256-gcm";
  readonly kdf: "scrypt";
  readonly cost: number;
  readonly block_size: number;
  readonly parallelization: number;
  /** base64. */
  readonly salt: string;
  readonly nonce: string;
}

export const maxHeaderBytes = 4_096;
/** 64 MiB and about 0.2 s a guess. */
const cost = 65_536;
const blockSize = 8;
const parallelization = 1;
const keyBytes = 32;
const saltBytes = 16;
const nonceBytes = 12;
/** Of what a foreign header may ask for. */
const maxKdfBytes = 512 * 1024 * 1024;

export function createEncryption(randomBytes: (count: number) => Uint8Array): BackupEncryption {
  const base64 = (count: number): string => Buffer.from(randomBytes(count)).toString("base64");
  return {
    cipher: "aes-256-gcm",
    kdf: "scrypt",
    cost,
    block_size: blockSize,
    parallelization,
    salt: base64(saltBytes),
    nonce: base64(nonceBytes),
  };
}

export function encodeHeader(header: BackupHeader): Buffer {
  return Buffer.from(`${JSON.stringify(header)}\n`);
}

/** Reads the first line, without its line break; undefined for whatever is no backup this program can read. */
export function parseHeader(line: string): BackupHeader | undefined {
  let value: Partial<BackupHeader>;
  try {
    value = JSON.parse(line) as Partial<BackupHeader>;
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || value.format !== "parlatory.backup" || value.version !== 1) {
    return undefined;
  }
  if (typeof value.created_at !== "string" || value.encryption === undefined) return undefined;
  return value.encryption === null || isUsable(value.encryption) ? (value as BackupHeader) : undefined;
}

function isUsable({ cipher, kdf, cost: n, block_size: r, parallelization: p, salt, nonce }: BackupEncryption): boolean {
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1;
  if (cipher !== "aes-256-gcm" || kdf !== "scrypt" || !isCount(n) || !isCount(r) || !isCount(p)) return false;
  if (128 * n * r > maxKdfBytes || p > 16) return false;
  return typeof salt === "string" && typeof nonce === "string" && Buffer.from(nonce, "base64").length === nonceBytes;
}

function deriveKey(passphrase: string, encryption: BackupEncryption): Promise<Buffer> {
  const { cost: n, block_size: r, parallelization: p, salt } = encryption;
  return new Promise((resolve, reject) => {
    const options = { N: n, r, p, maxmem: 2 * 128 * n * r };
    scrypt(passphrase.normalize("NFC"), Buffer.from(salt, "base64"), keyBytes, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** Turns plain bytes into those of the file; `end` gives the proof that comes last. */
export interface BackupSealer {
  update(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

export async function createSealer(
  { encryption }: BackupHeader,
  headerLine: Buffer,
  passphrase: string | undefined,
): Promise<BackupSealer> {
  if (encryption === null || passphrase === undefined) {
    const sum: Hash = createHash("sha256").update(headerLine);
    return { update: (chunk) => (sum.update(chunk), chunk), end: () => sum.digest() };
  }
  const key = await deriveKey(passphrase, encryption);
  const cipher: CipherGCM = createCipheriv("aes-256-gcm", key, Buffer.from(encryption.nonce, "base64"));
  cipher.setAAD(headerLine);
  return {
    update: (chunk) => cipher.update(chunk),
    end: () => {
      cipher.final();
      return cipher.getAuthTag();
    },
  };
}

/** Turns bytes of the file into plain ones; nothing may be believed before `proves` said true. */
export interface BackupOpener {
  readonly proofBytes: number;
  update(chunk: Uint8Array): Uint8Array;
  proves(proof: Uint8Array): boolean;
}

export async function createOpener(
  { encryption }: BackupHeader,
  headerLine: Buffer,
  passphrase: string | undefined,
): Promise<BackupOpener> {
  if (encryption === null || passphrase === undefined) {
    const sum = createHash("sha256").update(headerLine);
    return {
      proofBytes: 32,
      update: (chunk) => (sum.update(chunk), chunk),
      proves: (proof) => timingSafeEqual(sum.digest(), proof),
    };
  }
  const key = await deriveKey(passphrase, encryption);
  const decipher: DecipherGCM = createDecipheriv("aes-256-gcm", key, Buffer.from(encryption.nonce, "base64"));
  decipher.setAAD(headerLine);
  return {
    proofBytes: 16,
    update: (chunk) => decipher.update(chunk),
    proves: (proof) => {
      decipher.setAuthTag(proof);
      try {
        decipher.final();
        return true;
      } catch {
        return false; // a wrong passphrase or a changed file; the cipher cannot tell which
      }
    },
  };
}
