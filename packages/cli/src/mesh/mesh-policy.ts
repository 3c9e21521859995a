import { parsePolicyChange, type MeshPolicies } from "@parlatory/protocol";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";
import { adminHints, openMeshAccess } from "../server/admin-access.ts";
import { withMeshErrors } from "./mesh-error.ts";

/** Shows policies, after setting those given [CLI-12]. Errors: `bad_request`, those of the REST interface. */
export async function meshPolicy(
  context: CommandContext,
  {
    slug,
    changes,
    url,
  }: { readonly slug: string; readonly changes: readonly string[]; readonly url: string | undefined },
): Promise<{ slug: string; policies: MeshPolicies; changed: string[] }> {
  const change = readChanges(changes);
  const { api } = await openMeshAccess(context, { mesh: slug, url });
  const changed = Object.keys(change);
  const policies = await withMeshErrors(
    { target: slug, operation: "mesh_policy", notFound: "mesh_not_found", hints: adminHints },
    async () => (changed.length === 0 ? (await api.get()).policies : api.changePolicies(change)),
  );
  return { slug, policies, changed };
}

function readChanges(changes: readonly string[]): Partial<MeshPolicies> {
  const wanted: Record<string, unknown> = {};
  for (const change of changes) {
    const equals = change.indexOf("=");
    if (equals < 1) throw badPolicy(change, `${quoteValue(change)} has not the form NAME=VALUE`);
    wanted[change.slice(0, equals).trim()] = readValue(change.slice(equals + 1).trim());
  }
  const parsed = parsePolicyChange(wanted);
  if (parsed.ok) return parsed.policies;
  const name = parsed.field.replace(/^policies\./u, "");
  throw badPolicy(name, `policy ${quoteValue(name)} ${parsed.reason}; nothing was changed`);
}

function readValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^\d+$/u.test(text) ? Number(text) : text;
}

function badPolicy(target: string, message: string): CommandError {
  return new CommandError({
    kind: "bad_request",
    operation: "mesh_policy",
    target,
    message,
    hint: "run `parl mesh policy SLUG` to see all policies with their values",
  });
}
