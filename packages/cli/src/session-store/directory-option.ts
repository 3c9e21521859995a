import type { StringOption } from "../harness/command.ts";

/** `--directory` of every command that touches stored sessions [SES-1]. */
export const directoryOption = {
  name: "directory",
  type: "string",
  placeholder: "DIR",
  default: ".port_sessions",
  description: "directory of the stored sessions",
} as const satisfies StringOption;
