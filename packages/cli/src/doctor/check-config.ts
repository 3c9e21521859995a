import { stat } from "node:fs/promises";
import { openCrypto, parseRootKey, publicKeyOf } from "@parlatory/client";
import type { Config } from "../config/config.ts";
import { isSystemError } from "../harness/error.ts";
import { failed, passed, warned, type Check } from "./check.ts";

/** Nothing to say when there is no file. */
export async function checkConfigMode(path: string): Promise<Check[]> {
  try {
    const mode = (await stat(path)).mode & 0o777;
    if (mode === 0o600) return [passed("config mode", "0600")];
    const octal = `0${mode.toString(8)}`;
    return [failed("config mode", `${path} has mode ${octal}, and it holds secret keys`, `run \`chmod 600 ${path}\``)];
  } catch (cause) {
    if (isSystemError(cause) && cause.code === "ENOENT") return [];
    throw cause;
  }
}

/** Whether every secret key is the other half of its public key, and root keys have 32 bytes. */
export async function checkKeys({ meshes, owned }: Config): Promise<Check[]> {
  if (meshes.length + owned.length === 0) return [];
  const crypto = await openCrypto();
  const fits = (publicKey: string, secretKey: string): boolean => {
    const parsed = crypto.parseSecretKey(secretKey);
    return parsed !== undefined && publicKeyOf(parsed) === publicKey;
  };
  const problems: Check[] = [];
  for (const mesh of meshes) {
    if (!fits(mesh.pubkey, mesh.secretKey)) {
      problems.push(
        failed(
          "keys",
          "the member key in the config is damaged",
          "join again with a fresh invite: `parl join LINK`",
          mesh.slug,
        ),
      );
    }
    if (mesh.rootKey !== undefined && parseRootKey(mesh.rootKey) === undefined) {
      problems.push(
        warned(
          "keys",
          "the root key is not 32 bytes: group messages go out in plain text",
          "join again with a fresh invite",
          mesh.slug,
        ),
      );
    }
  }
  for (const mesh of owned) {
    if (!fits(mesh.ownerPubkey, mesh.ownerSecretKey)) {
      problems.push(
        failed(
          "keys",
          "the owner key in the config is damaged",
          "restore the config from a backup: `parl restore FILE`",
          mesh.slug,
        ),
      );
    }
  }
  return problems.length > 0 ? problems : [passed("keys", "all keys in the config fit together")];
}
