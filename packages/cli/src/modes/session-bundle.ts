/** A stored session as one file that can be carried elsewhere, and proves that it arrived whole [CMD-teleport-mode-1]. */
import { createHash } from "node:crypto";
import { toSessionValue } from "../session-store/encode-session.ts";
import { parseExactly } from "../session-store/parse-exactly.ts";
import type { SessionRecord } from "../session-store/session-record.ts";

const format = "parlatory.session-bundle";
const version = 1;

export interface BundleOrigin {
  /** As in the envelope: `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly exportedAt: string;
  readonly productVersion: string;
}

/** The text of a bundle. `sha256` is that of the session's own file as [SES-4] has it: hex, of its UTF-8 bytes. */
export function encodeBundle(record: SessionRecord, { exportedAt, productVersion }: BundleOrigin): string {
  const session = toSessionValue(record);
  const bundle = {
    format,
    version,
    exported_at: exportedAt,
    product_version: productVersion,
    session,
    sha256: sessionDigest(session),
  };
  return JSON.stringify(bundle, null, 2);
}

/** Whether a text is a bundle whose session has the checksum it names. */
export function isWholeBundle(text: string): boolean {
  let value: unknown;
  try {
    value = parseExactly(text);
  } catch {
    return false;
  }
  if (typeof value !== "object" || value === null) return false;
  const bundle = value as Record<string, unknown>;
  return (
    bundle["format"] === format &&
    bundle["version"] === version &&
    bundle["sha256"] === sessionDigest(bundle["session"])
  );
}

function sessionDigest(session: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(session, null, 2) ?? "")
    .digest("hex");
}
