import { describe, expect, test } from "vitest";
import { chooseMesh } from "../../src/config/choose-mesh.ts";
import { emptyConfig, type Config, type JoinedMesh } from "../../src/config/config.ts";
import { pickEnvironment } from "../../src/harness/environment.ts";

const mesh = (slug: string, meshId = `id-of-${slug}`): JoinedMesh => ({
  meshId,
  memberId: "member",
  slug,
  name: slug,
  pubkey: "a".repeat(64),
  secretKey: "b".repeat(128),
  brokerUrl: "ws://127.0.0.1:7900/ws",
  joinedAt: "2026-01-01T00:00:00.000Z",
});

function choose(
  slugs: readonly JoinedMesh[],
  wanted: string | undefined,
  variable?: string,
): { slug: string; warnings: string[] } {
  const warnings: string[] = [];
  const config: Config = { ...emptyConfig, meshes: slugs };
  const env = pickEnvironment(variable === undefined ? {} : { PARL_MESH: variable });
  const { slug } = chooseMesh({ env, warn: (code) => warnings.push(code) }, config, wanted);
  return { slug, warnings };
}

describe("the mesh a command acts in", () => {
  const both = [mesh("one"), mesh("two")];

  test("[CLI-3] the flag goes before the variable, the variable before the only one", () => {
    expect(choose(both, "two", "one").slug).toBe("two");
    expect(choose(both, undefined, "one").slug).toBe("one");
    expect(choose([mesh("one")], undefined).slug).toBe("one");
    expect(choose(both, "id-of-two").slug).toBe("two");
  });

  test("[CLI-3] several meshes and no choice is an error that lists the slugs", () => {
    expect(() => choose(both, undefined)).toThrow(
      expect.objectContaining({ kind: "mesh_required", message: "several meshes are joined: one, two" }) as Error,
    );
  });

  test("[CLI-2] no mesh, an unknown one and two of one slug have kinds of their own", () => {
    expect(() => choose([], undefined)).toThrow(expect.objectContaining({ kind: "not_joined" }) as Error);
    expect(() => choose(both, "three")).toThrow(expect.objectContaining({ kind: "mesh_not_found" }) as Error);
    expect(() => choose([mesh("one", "x1"), mesh("one", "x2")], "one")).toThrow(
      expect.objectContaining({ kind: "ambiguous" }) as Error,
    );
  });

  test("[CLI-34] a variable that names a mesh no longer joined gives a warning and is ignored", () => {
    expect(choose([mesh("one")], undefined, "gone")).toEqual({ slug: "one", warnings: ["stale_mesh"] });
  });
});
