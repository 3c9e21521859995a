import { createPrivateKey } from "node:crypto";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { MeshEntry } from "@parlatory/client";
import type { Member } from "../mesh/load-client.ts";
import { letterId, parseLetter, type Letter } from "./letter.ts";

/** What a receiver process is told, over its IPC channel: keys belong in no argument list. */
export interface ReceiverPlan {
  mesh: MeshEntry;
  sessionKey: { publicKey: string; secretKey: string };
  /** Memory of handled ids; not used by the legacy receiver, which has none. */
  idsPath: string;
  /** Gets a line for each message handed over. */
  logPath: string;
  /** Which life of the receiver this is. */
  life: number;
}

export interface HandedOver {
  life: number;
  messageId: string;
  letter: Letter;
}

/** Writes that outlive the process at once: what was handed over stays handed over when it is killed. */
export function openHandOverLog({ logPath, life }: ReceiverPlan): (messageId: string, letter: Letter) => void {
  const file = openSync(logPath, "a");
  return (messageId, letter) => void writeSync(file, `${life} ${messageId} ${letterId(letter)}\n`);
}

/** Reads the lines that came since the last call. */
export function createLogReader(path: string): () => HandedOver[] {
  let position = 0;
  let rest = "";
  return () => {
    const file = openSync(path, "a+");
    const chunk = Buffer.alloc(1 << 20);
    try {
      for (;;) {
        const read = readSync(file, chunk, 0, chunk.length, position);
        if (read === 0) break;
        position += read;
        rest += chunk.toString("latin1", 0, read);
      }
    } finally {
      closeSync(file);
    }
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    return lines.map((line) => {
      const [life = "", messageId = "", letter = ""] = line.split(" ");
      return { life: Number(life), messageId, letter: parseLetter(letter) };
    });
  };
}

/** hex128, seed and public key, as the product's client stores a key. */
export function toSecretKey({ privateKey, pubkey }: Member): string {
  const { d = "" } = privateKey.export({ format: "jwk" });
  return Buffer.from(d, "base64url").toString("hex") + pubkey;
}

export function fromSecretKey(secretKey: string, memberId: string): Member {
  const [seed, pubkey] = [secretKey.slice(0, 64), secretKey.slice(64)];
  const encode = (hex: string): string => Buffer.from(hex, "hex").toString("base64url");
  const key = { kty: "OKP", crv: "Ed25519", d: encode(seed), x: encode(pubkey) };
  return { memberId, pubkey, privateKey: createPrivateKey({ key, format: "jwk" }) };
}
