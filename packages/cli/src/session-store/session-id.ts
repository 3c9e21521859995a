import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";

const allowed = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** Windows gives these names to devices, with any extension. */
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/** Whether a session may be called so: the id becomes a file name, everywhere [SES-2]. */
export function isSessionId(text: string): boolean {
  return allowed.test(text) && !text.includes("..") && !text.endsWith(".") && !deviceName.test(text);
}

/** Errors: `invalid_session_id`. */
export function assertSessionId(id: string): void {
  if (isSessionId(id)) return;
  throw new CommandError({
    kind: "invalid_session_id",
    target: id,
    message: `${quoteValue(id)} cannot name a session (expected [A-Za-z0-9][A-Za-z0-9._-]{0,127}, without '..', not ending in '.', no device name)`,
  });
}
