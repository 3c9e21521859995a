/** Meshes, members and invites, and what this machine keeps of them. */
import { fails, succeeds, type OutcomeCase } from "../outcome-case.ts";
import type { World } from "../world/world.ts";

/** Admin commands find the server by this variable: a copied home does not run it. */
const at = (world: World): { PARL_URL: string } => ({ PARL_URL: world.url });

async function newInvite(world: World, ...options: string[]): Promise<{ id: string; link: string }> {
  const { id, link } = await world.json(world.owner(), ["invite", "create", ...options]);
  return { id: String(id), link: String(link) };
}

export const membershipCases: readonly OutcomeCase[] = [
  succeeds("mesh create", "success", (world) => ({
    place: world.owner(),
    positionals: [world.unique("crew")],
    options: ["--name", "The crew"],
    env: at(world),
  })),
  fails("mesh create", "slug_taken", (world) => ({ place: world.owner(), positionals: ["local"], env: at(world) })),
  fails("mesh create", "bad_request", (world) => ({ place: world.owner(), positionals: ["Not a slug"] })),
  fails("mesh create", "unauthorized", (world) => ({ place: world.place(), positionals: ["crew"], env: at(world) })),

  succeeds("mesh list", "success", (world) => ({ place: world.owner() })),
  succeeds("mesh list", "empty", (world) => ({ place: world.place() })),

  succeeds(
    "mesh policy",
    "success",
    async (world) => {
      const { place, slug } = await world.mesh();
      return { place, positionals: [slug, "maxPeers=7", "messageLog=true"] };
    },
    { clock: "real" },
  ),
  fails("mesh policy", "bad_request", (world) => ({ place: world.owner(), positionals: ["local", "nonsense=1"] })),
  fails("mesh policy", "mesh_not_found", (world) => ({
    place: world.owner(),
    positionals: ["nosuch"],
    env: at(world),
  })),

  succeeds(
    "mesh members",
    "success",
    async (world) => {
      const { place, slug } = await world.mesh();
      return { place, positionals: [slug] };
    },
    { clock: "real" },
  ),
  succeeds(
    "mesh members",
    "revoked",
    async (world) => {
      const { place, slug } = await world.mesh();
      const id = world.config(place).meshes.find((mesh) => mesh["slug"] === slug)?.["memberId"] ?? "";
      return { place, positionals: [slug], options: ["--revoke", id] };
    },
    { clock: "real" },
  ),
  fails(
    "mesh members",
    "member_not_found",
    (world) => ({ place: world.owner(), positionals: ["local"], options: ["--revoke", "nosuchmember"] }),
    { clock: "real" },
  ),

  succeeds("mesh seed", "success", (world) => ({
    place: world.owner(),
    options: ["--members", "2", "--out", "seed.json", "--slug", world.unique("seed")],
    env: at(world),
  })),
  fails("mesh seed", "slug_taken", (world) => ({
    place: world.owner(),
    options: ["--members", "2", "--out", "seed.json", "--slug", "local"],
    env: at(world),
  })),

  succeeds(
    "invite create",
    "success",
    (world) => ({ place: world.owner(), options: ["--role", "admin", "--max-uses", "2", "--expires", "12h"] }),
    { clock: "real" },
  ),
  fails("invite create", "bad_request", (world) => ({ place: world.owner(), options: ["--expires", "soon"] })),
  fails("invite create", "forbidden", (world) => ({
    place: world.guest(),
    env: { ...at(world), PARL_TOKEN: "t".repeat(43) },
  })),

  succeeds(
    "invite list",
    "success",
    async (world) => {
      const { place, slug } = await world.mesh();
      await world.json(place, ["invite", "create", "--mesh", slug]);
      return { place, options: ["--mesh", slug] };
    },
    { clock: "real" },
  ),

  succeeds(
    "invite revoke",
    "success",
    async (world) => ({ place: world.owner(), positionals: [(await newInvite(world)).id] }),
    { clock: "real" },
  ),
  fails("invite revoke", "invite_not_found", (world) => ({ place: world.owner(), positionals: ["nosuchinvite"] }), {
    clock: "real",
  }),

  succeeds("join", "success", async (world) => ({
    place: world.place(),
    positionals: [(await newInvite(world)).link],
    options: ["--name", world.unique("ada")],
  })),
  succeeds("join", "already-member", async (world) => {
    const { link } = await newInvite(world, "--max-uses", "2");
    const place = world.place();
    await world.json(place, ["join", link]);
    return { place, positionals: ["-"], input: `${link}\n` };
  }),
  fails("join", "invite_malformed", (world) => ({ place: world.place(), positionals: ["not a link"] })),
  fails("join", "invite_expired", async (world) => ({
    place: world.place(),
    positionals: [(await newInvite(world)).link],
    env: { PARL_CLOCK: "2100-01-01T00:00:00Z" },
  })),
  fails("join", "invite_revoked", async (world) => {
    const { id, link } = await newInvite(world);
    await world.json(world.owner(), ["invite", "revoke", id]);
    return { place: world.place(), positionals: [link] };
  }),
  fails("join", "invite_exhausted", async (world) => {
    const { link } = await newInvite(world);
    await world.json(world.place(), ["join", link, "--name", world.unique("first")]);
    return { place: world.place(), positionals: [link] };
  }),

  succeeds("list", "success", (world) => ({ place: world.guest() })),
  succeeds("list", "empty", (world) => ({ place: world.place() })),

  succeeds("leave", "success", (world) => ({ place: world.owner(), positionals: ["local"] })),
  fails("leave", "mesh_not_found", (world) => ({ place: world.guest(), positionals: ["nosuch"] })),
];
