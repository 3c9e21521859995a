import { isPublicKey, type PublicKey } from "../ids.ts";
import { isGroupName } from "./group.ts";

/** Where a message goes, as the broker understands it (section 5; clients resolve names before). */
export type Target =
  | { kind: "key"; key: PublicKey }
  | { kind: "all" }
  | { kind: "group"; name: string }
  | { kind: "invalid"; code: "channel_unsupported" | "bad_target" | "unknown_recipient" };

/** Reads a `targetSpec`; `@` followed by something that is no group name is `bad_target`. */
export function parseTarget(targetSpec: string): Target {
  if (targetSpec === "*" || targetSpec === "@all") return { kind: "all" };
  if (targetSpec.startsWith("#")) return { kind: "invalid", code: "channel_unsupported" };
  if (targetSpec.startsWith("@")) {
    const name = targetSpec.slice(1);
    if (name.trim() === "") return { kind: "invalid", code: "bad_target" };
    return isGroupName(name) ? { kind: "group", name } : { kind: "invalid", code: "bad_target" };
  }
  if (isPublicKey(targetSpec)) return { kind: "key", key: targetSpec };
  return { kind: "invalid", code: "unknown_recipient" };
}
