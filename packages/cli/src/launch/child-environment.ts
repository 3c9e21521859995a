import { formatGroups, type LaunchAnswers } from "./launch-answers.ts";
import type { MessageMode } from "../mcp/message-mode.ts";

export interface ChildIdentity extends LaunchAnswers {
  readonly messageMode: MessageMode;
  readonly hookToken: string;
  /** Set when `PARL_HOME` is given; the child's working directory may differ from ours one day. */
  readonly home: string | undefined;
}

/** Secrets of this machine's operator that a model's tools must not find in their environment [CLI-34]. */
const withheld = ["PARL_TOKEN", "PARL_METRICS_TOKEN", "PARL_DATABASE_URL", "PARL_NATS_URL"];

/** The environment of the agent: ours, who it is in the mesh, and no secret of ours [CLI-34]. */
export function childEnvironment(
  own: Readonly<Record<string, string>>,
  identity: ChildIdentity,
): Record<string, string> {
  const environment: Record<string, string> = {
    ...own,
    PARL_MESH: identity.mesh.slug,
    PARL_DISPLAY_NAME: identity.name,
    PARL_ROLE: identity.role ?? "",
    PARL_GROUPS: formatGroups(identity.groups),
    PARL_MESSAGE_MODE: identity.messageMode,
    PARL_HOOK_TOKEN: identity.hookToken,
  };
  if (identity.home !== undefined) environment["PARL_HOME"] = identity.home;
  for (const name of withheld) delete environment[name];
  return environment;
}
