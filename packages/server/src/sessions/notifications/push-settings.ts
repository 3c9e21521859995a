import { PUSH_EVENTS, type PushEvent } from "./notification.ts";
import { parseQuietHours, type QuietHours } from "./quiet-hours.ts";

/** One entry of `remote.push` ([PUSH-1]). */
export interface PushTargetSettings {
  readonly kind: "ntfy" | "webhook";
  /** May hold the only secret of the target, the name of its topic: never to be logged. */
  readonly address: string;
  readonly events: readonly PushEvent[];
  readonly quietHours?: QuietHours | undefined;
  readonly includeText: boolean;
  /** Of a webhook: signs its body ([PUSH-3]). */
  readonly secret?: string | undefined;
  /** Of ntfy: an access token, where the server asks for one. */
  readonly token?: string | undefined;
}

/** A setting that cannot be used; `problem` says what it must be and never what it is. */
export class PushSettingsError extends Error {
  override readonly name = "PushSettingsError";
  readonly setting: string;
  readonly problem: string;

  constructor(setting: string, problem: string) {
    super(`${setting} ${problem}`);
    this.setting = setting;
    this.problem = problem;
  }
}

const FIELDS = new Set(["kind", "address", "events", "quiet_hours", "include_text", "secret", "token"]);

/** Reads `remote.push` as it stands in `server.json`. Raises PushSettingsError for the first bad value. */
export function parsePushSettings(value: unknown): PushTargetSettings[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new PushSettingsError("remote.push", "must be a list");
  return value.map((entry: unknown, index) => parseTarget(entry, `remote.push[${index}]`));
}

function parseTarget(entry: unknown, path: string): PushTargetSettings {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    throw new PushSettingsError(path, "must be an object");
  }
  const fields = entry as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    if (!FIELDS.has(name)) {
      throw new PushSettingsError(`${path}.${name}`, `is not known; known are ${[...FIELDS].join(", ")}`);
    }
  }
  const { kind, include_text: includeText = false } = fields;
  if (kind !== "ntfy" && kind !== "webhook") throw new PushSettingsError(`${path}.kind`, "must be ntfy or webhook");
  if (typeof includeText !== "boolean") throw new PushSettingsError(`${path}.include_text`, "must be true or false");
  const secret = readText(fields, "secret", path);
  const token = readText(fields, "token", path);
  if (secret !== undefined && kind !== "webhook") throw new PushSettingsError(`${path}.secret`, "is for webhooks only");
  if (token !== undefined && kind !== "ntfy") throw new PushSettingsError(`${path}.token`, "is for ntfy only");
  return {
    kind,
    address: readAddress(fields["address"], kind, `${path}.address`),
    events: readEvents(fields["events"], `${path}.events`),
    quietHours: readQuietHours(fields["quiet_hours"], `${path}.quiet_hours`),
    includeText,
    secret,
    token,
  };
}

function readText(fields: Record<string, unknown>, name: string, path: string): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  // What goes into a header must be one printable line.
  if (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)) return value;
  throw new PushSettingsError(`${path}.${name}`, "must be a text of printable ASCII characters without spaces");
}

function readAddress(value: unknown, kind: string, path: string): string {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new PushSettingsError(path, "must be an address that starts with http:// or https://");
  }
  if (url.username !== "" || url.password !== "") {
    throw new PushSettingsError(path, "must not hold a user or a password; use secret or token");
  }
  if (kind === "ntfy" && url.pathname.replace(/\/+$/, "") === "") {
    throw new PushSettingsError(path, "must end in the name of a topic, such as https://ntfy.sh/my-topic");
  }
  return url.href;
}

function readEvents(value: unknown, path: string): PushEvent[] {
  if (value === undefined) return [...PUSH_EVENTS];
  const isList = Array.isArray(value) && value.length > 0;
  if (isList && value.every((event: unknown) => PUSH_EVENTS.some((known) => known === event))) {
    return [...new Set(value as PushEvent[])];
  }
  throw new PushSettingsError(path, `must be a list of ${PUSH_EVENTS.join(", ")}, with at least one`);
}

function readQuietHours(value: unknown, path: string): QuietHours | undefined {
  if (value === undefined) return undefined;
  const hours = typeof value === "string" ? parseQuietHours(value) : undefined;
  if (hours === undefined) throw new PushSettingsError(path, "must be two times of a day, such as 22:00-07:00");
  return hours;
}
