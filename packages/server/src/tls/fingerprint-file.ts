import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `PARL_HOME/certificate-fingerprint`: which certificate the server of this home shows, so that commands of the same home know
 * their own server under whatever address they reach it. There whole or not at all.
 */
export function writeFingerprint(home: string, fingerprint: string): void {
  const path = fingerprintPath(home);
  const draft = `${path}.new`;
  writeFileSync(draft, `${fingerprint}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Of a server without TLS, or that has stopped, no certificate is to be trusted. */
export function removeFingerprint(home: string): void {
  rmSync(fingerprintPath(home), { force: true });
}

function fingerprintPath(home: string): string {
  return join(home, "certificate-fingerprint");
}
