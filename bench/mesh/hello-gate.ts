/**
 * [PERF-8]: what a hello costs the broker to verify. The frame is read and goes through checks 1 to 6 of section 3, with
 * the signatures of the member key and of the session key, in this process; every session key is a new one.
 */
import { DEFAULT_POLICIES, type HelloFrame, type MemberId, type MeshId, type PublicKey } from "@parlatory/protocol";
import { encodeFrame, parseClientFrame } from "@parlatory/protocol/codec";
import { Directory } from "../../packages/server/src/mesh/directory.ts";
import { HelloChecks } from "../../packages/server/src/mesh/hello-checks.ts";
import { median, say, type Figure } from "../report.ts";
import { createMember, signText, type Member } from "./load-client.ts";

const ROUNDS = 5;
const HELLOS = 1_500;
const MESH_ID = "bench-mesh";
const LONG_AGO_MS = 600_000;

export async function measureHelloChecks(): Promise<Figure> {
  const member: Member = { ...createMember(), memberId: "bench-member" };
  const checks = createChecks(member);
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const texts = Array.from({ length: HELLOS }, (_, index) => helloText(member, Date.now() + round * HELLOS + index));
    const before = process.cpuUsage();
    for (const text of texts) {
      const parsed = parseClientFrame(text);
      if (!parsed.ok || parsed.frame.type !== "hello") throw new Error("the hello is not well-formed");
      await checks.checkAuthentic(parsed.frame);
      if (!checks.checkMembership(parsed.frame).proven) throw new Error("the session key is not proven");
    }
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) rates.push((HELLOS / (user + system)) * 1e6);
  }
  const value = median(rates);
  say(`  a hello costs ${(1e6 / value).toFixed(0)} us of CPU to verify`);
  return {
    rule: "PERF-8",
    name: "hellos verified per CPU second: checks 1 to 6, two signatures",
    value,
    unit: "/s",
    gate: ">= 4000",
    pass: value >= 4_000,
  };
}

function createChecks({ memberId, pubkey }: Member): HelloChecks {
  const meshId = MESH_ID as MeshId;
  const key = pubkey as PublicKey;
  const mesh = { id: meshId, slug: "bench", name: "bench", ownerPubkey: key, policies: DEFAULT_POLICIES, createdAt: 0 };
  const row = {
    id: memberId as MemberId,
    meshId,
    pubkey: key,
    displayName: "member",
    role: "member",
    joinedAt: 0,
  } as const;
  const directory = new Directory({ meshes: [mesh], members: [{ ...row, lastSeenAt: 0 }], sessions: [] });
  // Running for some time: two minutes after its start a broker asks the database about no hello.
  let isStarted = false;
  const clock = { now: () => (isStarted ? Date.now() : Date.now() - LONG_AGO_MS) };
  const store = { isHelloSeen: () => Promise.reject(new Error("the database is asked only after a start")) };
  const checks = new HelloChecks({ clock, directory, store });
  isStarted = true;
  return checks;
}

function helloText({ memberId, pubkey, privateKey }: Member, timestamp: number): string {
  const session = createMember();
  const proof = `parlatory-session|${MESH_ID}|${pubkey}|${session.pubkey}|${timestamp}`;
  const hello: HelloFrame = {
    type: "hello",
    meshId: MESH_ID,
    memberId,
    pubkey,
    timestamp,
    signature: signText(privateKey, `${MESH_ID}|${memberId}|${pubkey}|${timestamp}`),
    sessionPubkey: session.pubkey,
    sessionProof: signText(session.privateKey, proof),
    capabilities: ["client_ack", "pull"],
  };
  return encodeFrame(hello);
}
