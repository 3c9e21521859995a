import { generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_POLICIES, type MemberId, type MeshId, type MeshPolicies, type PublicKey } from "@parlatory/protocol";
import { startServer, type RunningServer } from "../../src/index.ts";
import { openPostgresStore } from "../../src/store/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { MemberRole, Store } from "../../src/store/store.ts";
import type { SteppedTime } from "./stepped-time.ts";

export interface TestKey {
  publicKey: PublicKey;
  privateKey: KeyObject;
}

export interface TestMember extends TestKey {
  id: MemberId;
  meshId: MeshId;
  name: string;
  role: MemberRole;
}

export interface TestMesh {
  id: MeshId;
  slug: string;
  owner: TestKey;
  members: TestMember[];
}

export interface TestServer extends RunningServer {
  readonly home: string;
  readonly wsUrl: string;
  readonly env: Record<string, string>;
  /** In the order asked for. */
  readonly meshes: TestMesh[];
  /** Everything logged so far, one parsed line each. */
  readonly log: Record<string, unknown>[];
  /** The token for everything under `/api/v1`. */
  readonly adminToken: string;
  /** Stops the server and starts it again on the same database and port settings. */
  restart(env?: Record<string, string>): Promise<TestServer>;
  /** Stops the server and removes its home. */
  end(): Promise<void>;
}

export interface MeshPlan {
  slug?: string;
  policies?: Partial<MeshPolicies>;
  /** Names of the members; the first is an admin. Default: one member. */
  members?: string[];
}

export interface TestServerPlan {
  /** Default: one mesh of two members. */
  meshes?: MeshPlan[];
  env?: Record<string, string>;
  /** Address of an empty PostgreSQL database; default: a SQLite file of its own. */
  databaseUrl?: string | undefined;
  /** Time for the test to move; default: that of the machine. */
  time?: SteppedTime;
  /** Puts something between the server and its real store, to make it fail. */
  wrapStore?: (store: Store) => Store;
}

/** Test databases need not survive a power cut; a rule about that sets its own `PARL_DURABILITY`. */
const FAST = { PARL_DURABILITY: "normal", PARL_LOG_LEVEL: "debug" };

export function createKey(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  return { publicKey: raw.toString("hex") as PublicKey, privateKey };
}

/** The members of one mesh, to be taken apart; as many as the plan named. */
export function membersOf(server: TestServer, mesh = 0): [TestMember, TestMember, TestMember] {
  const members = server.meshes[mesh]?.members;
  if (members === undefined) throw new Error(`the plan has no mesh ${mesh}`);
  return members as [TestMember, TestMember, TestMember];
}

/** Starts the real server on a free port with a home of its own, its meshes and members made beforehand. */
export async function startTestServer(plan: TestServerPlan = {}): Promise<TestServer> {
  const home = mkdtempSync(join(tmpdir(), "parlatory-test-"));
  const { databaseUrl } = plan;
  const env = {
    ...FAST,
    PARL_HOME: home,
    PARL_PORT: "0",
    ...(databaseUrl === undefined ? {} : { PARL_DATABASE_URL: databaseUrl }),
    ...plan.env,
  };
  const openStore = (): Promise<Store> =>
    databaseUrl === undefined
      ? openSqliteStore({ path: join(home, "parl.db"), durability: "normal" })
      : openPostgresStore({ url: databaseUrl, durability: "normal", applicationName: "parlatory test" });
  const plans = plan.meshes ?? [{ members: ["ada", "grace"] }];
  const meshes = await plantMeshes(await openStore(), plans, plan.time?.now() ?? Date.now());
  return start({ ...plan, home, env, meshes, openStore });
}

interface StartPlan extends Pick<TestServerPlan, "time" | "wrapStore"> {
  home: string;
  env: Record<string, string>;
  meshes: TestMesh[];
  openStore: () => Promise<Store>;
}

async function start(plan: StartPlan): Promise<TestServer> {
  const { home, env, meshes, wrapStore, openStore } = plan;
  const log: Record<string, unknown>[] = [];
  const running = await startServer({
    env,
    time: plan.time,
    writeLog: (line) => log.push(JSON.parse(line) as Record<string, unknown>),
    ...(wrapStore === undefined ? {} : { openStore: async () => wrapStore(await openStore()) }),
  });
  return {
    ...running,
    home,
    env,
    meshes,
    log,
    wsUrl: `${running.url.replace("http:", "ws:")}/ws`,
    adminToken: readFileSync(running.adminTokenPath, "utf8").trim(),
    restart: async (changes = {}) => {
      await running.stop();
      return start({ ...plan, env: { ...env, ...changes } });
    },
    end: async () => {
      await running.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function plantMeshes(store: Store, plans: MeshPlan[], now: number): Promise<TestMesh[]> {
  const meshes: TestMesh[] = [];
  for (const [index, plan] of plans.entries()) {
    const slug = plan.slug ?? `mesh-${index + 1}`;
    const owner = createKey();
    const id = `mesh${randomBytes(8).toString("hex")}` as MeshId;
    const policies = { ...DEFAULT_POLICIES, ...plan.policies };
    await store.createMesh({ id, slug, name: slug, ownerPubkey: owner.publicKey, policies, createdAt: now });
    const members: TestMember[] = [];
    for (const [position, name] of (plan.members ?? ["ada"]).entries()) {
      const member = { ...createKey(), id: `member${randomBytes(8).toString("hex")}` as MemberId, meshId: id, name };
      const role: MemberRole = position === 0 ? "admin" : "member";
      await store.addMember({
        id: member.id,
        meshId: id,
        pubkey: member.publicKey,
        displayName: name,
        role,
        joinedAt: now + position,
        lastSeenAt: now,
      });
      members.push({ ...member, role });
    }
    meshes.push({ id, slug, owner, members });
  }
  await store.close();
  return meshes;
}
