/** Settings of one mesh with their defaults (section 14 of the mesh protocol). */
export interface MeshPolicies {
  requireSessionProof: boolean;
  allowPlaintextGroups: boolean | "auto";
  messageLog: boolean;
  maxPeers: number;
  workingTtlSeconds: number;
  /** Per member; 0 switches the limit off. */
  rateMessagesPerMinute: number;
  rateBurst: number;
  allowLoopbackHooks: boolean;
}

export const DEFAULT_POLICIES: Readonly<MeshPolicies> = {
  requireSessionProof: false,
  allowPlaintextGroups: "auto",
  messageLog: false,
  maxPeers: 100,
  workingTtlSeconds: 1_800,
  rateMessagesPerMinute: 600,
  rateBurst: 500,
  allowLoopbackHooks: true,
};

type Check = (value: unknown) => boolean;
const isBoolean: Check = (value) => typeof value === "boolean";
const isIntegerIn =
  (least: number, most: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

const CHECKS: Record<keyof MeshPolicies, { check: Check; expected: string }> = {
  requireSessionProof: { check: isBoolean, expected: "true or false" },
  allowPlaintextGroups: { check: (value) => isBoolean(value) || value === "auto", expected: "true, false or auto" },
  messageLog: { check: isBoolean, expected: "true or false" },
  maxPeers: { check: isIntegerIn(1, 100_000), expected: "an integer from 1 to 100000" },
  workingTtlSeconds: { check: isIntegerIn(60, 86_400), expected: "an integer from 60 to 86400" },
  rateMessagesPerMinute: { check: isIntegerIn(0, 10_000_000), expected: "an integer from 0 (off) to 10000000" },
  rateBurst: { check: isIntegerIn(0, 10_000_000), expected: "an integer from 0 (off) to 10000000" },
  allowLoopbackHooks: { check: isBoolean, expected: "true or false" },
};

export const POLICY_NAMES = Object.keys(CHECKS) as readonly (keyof MeshPolicies)[];

export type PolicyChangeResult =
  | { ok: true; policies: Partial<MeshPolicies> }
  | { ok: false; field: string; reason: string };

/** Checks a change of policies; one bad name or value refuses it as a whole ([POL-1]). */
export function parsePolicyChange(change: unknown): PolicyChangeResult {
  if (typeof change !== "object" || change === null || Array.isArray(change)) {
    return { ok: false, field: "policies", reason: "must be an object of policy names and values" };
  }
  for (const [name, value] of Object.entries(change)) {
    const rule = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof MeshPolicies] : undefined;
    if (rule === undefined) {
      return { ok: false, field: `policies.${name}`, reason: `is not a policy; there are ${POLICY_NAMES.join(", ")}` };
    }
    if (!rule.check(value)) return { ok: false, field: `policies.${name}`, reason: `must be ${rule.expected}` };
  }
  return { ok: true, policies: change as Partial<MeshPolicies> };
}
