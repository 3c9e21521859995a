import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ALL_CAPABILITIES, MeshWorld, plainText, type Guest } from "../support/mesh-world.ts";
import type { RawFrame } from "../support/raw-client.ts";
import { STORE_KINDS, startDatabaseSource, type DatabaseSource } from "../support/store-kinds.ts";

const unknownId = (): string => randomBytes(10).toString("hex");
const notFound = { type: "error", code: "not_found" };

describe.each(STORE_KINDS)("records of deliveries with %s", (kind) => {
  let databases: DatabaseSource;
  let world: MeshWorld;

  beforeAll(async () => {
    databases = await startDatabaseSource(kind);
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    // Ada, the first, is an admin; the others are not.
    world = await MeshWorld.open({
      meshes: [{ members: ["ada", "grace", "alan", "kay"] }, { slug: "elsewhere", members: ["eve"] }],
      databaseUrl: await databases.createUrl(),
    });
  });
  afterEach(() => world.end());

  const statusOf = (guest: Guest, messageId: unknown): Promise<RawFrame> =>
    guest.client.request({ type: "message_status", messageId });
  const pathOf = async (guest: Guest, messageId: unknown): Promise<unknown> =>
    ((await statusOf(guest, messageId))["recipients"] as RawFrame[]).map((row) => row["path"]);

  test("[DLV-10] an acknowledgement of a settled delivery changes nothing and is no error", async () => {
    const ada = await world.join("ada", { capabilities: ALL_CAPABILITIES });
    let grace = await world.join("grace");
    const [seen, refused] = [await ada.send(grace), await ada.send(grace)].map((ack) => ack["messageId"]);
    await grace.waitForPushes(2);
    await grace.acknowledge(seen);
    await grace.client.request({ type: "client_nack", messageId: refused, reason: "policy" });
    const before = [await pathOf(ada, seen), await pathOf(ada, refused)];
    const again = async (): Promise<void> => {
      for (const messageId of [seen, refused]) {
        for (const stage of [undefined, "received", "surfaced"]) {
          expect(await grace.acknowledge(messageId, stage === undefined ? {} : { stage })).toMatchObject({
            type: "ok",
            op: "client_ack",
          });
        }
        expect(await grace.client.request({ type: "client_ack", upTo: messageId })).toMatchObject({ type: "ok" });
        const reason = "undecryptable";
        expect(await grace.client.request({ type: "client_nack", messageId, reason })).toMatchObject({ type: "ok" });
      }
    };
    await world.time.advance(1_000);
    await again();
    // What was settled on an earlier connection, and before a restart of the broker, is settled.
    await grace.lose();
    grace = await world.join("grace", { session: grace.session });
    await again();
    await world.restart();
    const back = await world.join("ada", { session: ada.session });
    grace = await world.join("grace", { session: grace.session });
    await again();
    expect([await pathOf(back, seen), await pathOf(back, refused)]).toEqual(before);
    expect(ada.client.frames.filter(({ type }) => type === "receipt")).toHaveLength(2);
    expect(grace.received()).toEqual([]);
  });

  test("[DLV-10] an id never offered to this recipient is not found, and its delivery is untouched", async () => {
    const ada = await world.join("ada");
    const grace = await world.join("grace");
    const alan = await world.join("alan", { capabilities: ["client_ack", "pull"] });
    const forGrace = (await ada.send(grace))["messageId"];
    await grace.waitForPushes(1);
    const low = (await ada.send(alan, { priority: "low" }))["messageId"];
    await grace.acknowledge(forGrace);
    // Nobody's, another recipient's, the own but not offered yet, and the sender's.
    const cases: [Guest, unknown][] = [
      [grace, unknownId()],
      [alan, forGrace],
      [alan, low],
      [ada, forGrace],
      [grace, "x"],
    ];
    for (const [guest, messageId] of cases) {
      expect(await guest.acknowledge(messageId)).toMatchObject(notFound);
      expect(await guest.client.request({ type: "client_ack", upTo: messageId })).toMatchObject(notFound);
      expect(await guest.client.request({ type: "client_nack", messageId, reason: "policy" })).toMatchObject(notFound);
    }
    expect((await statusOf(ada, low))["recipients"]).toMatchObject([{ state: "held", reason: "pull_only" }]);
    expect(await alan.client.request({ type: "pull" })).toMatchObject({ count: 1 });
    expect(await alan.acknowledge(low)).toMatchObject({ type: "ok" });
  });

  test("[DLV-17] the sending member and admins see all rows, a recipient its own, others and strangers nothing", async () => {
    const alan = await world.join("alan");
    const alanToo = await world.join("alan");
    const grace = await world.join("grace");
    const keyless = await world.join("grace", { session: null, sessionId: "no-key" });
    const kay = await world.join("kay");
    const ack = await alan.send("@all", plainText("to four"));
    expect(ack).toMatchObject({ recipients: 4 });
    const id = ack["messageId"];
    // Joined after the commit: an admin, and a session that is no recipient.
    const admin = await world.join("ada");
    const late = await world.join("kay");
    const namesFor = async (guest: Guest): Promise<string[]> =>
      ((await statusOf(guest, id))["recipients"] as RawFrame[]).map((row) => String(row["pubkey"])).sort();
    const keys = [alanToo, grace, kay].map(({ session }) => session.publicKey as string);
    const everybody = [...keys, world.member("grace").publicKey].sort();

    expect(await namesFor(alan)).toEqual(everybody);
    expect(await namesFor(alanToo)).toEqual(everybody);
    expect(await namesFor(await world.control("alan"))).toEqual(everybody);
    expect(await namesFor(admin)).toEqual(everybody);
    expect(await namesFor(grace)).toEqual([grace.session.publicKey]);
    expect(await namesFor(keyless)).toEqual([world.member("grace").publicKey]);
    expect(await namesFor(kay)).toEqual([kay.session.publicKey]);
    expect(await statusOf(late, id)).toMatchObject(notFound);
    expect(await statusOf(alan, unknownId())).toMatchObject(notFound);

    const direct = (await alan.send(world.member("kay")))["messageId"];
    expect((await statusOf(late, direct))["recipients"]).toMatchObject([{ pubkey: world.member("kay").publicKey }]);
    expect(await statusOf(grace, direct)).toMatchObject(notFound);
    // The same after a restart, when everything is read from the database.
    await world.restart();
    expect(await namesFor(await world.join("kay", { session: kay.session }))).toEqual([kay.session.publicKey]);
    expect(await statusOf(await world.join("kay"), id)).toMatchObject(notFound);
    expect(await namesFor(await world.join("alan"))).toEqual(everybody);
  });

  test("[DLV-17] [MODEL-2] an admin of another mesh does not see it", async () => {
    const alan = await world.join("alan");
    const grace = await world.join("grace");
    const { messageId } = await alan.send(grace);
    const eve = await world.join("eve", {}, "elsewhere");
    expect(await statusOf(eve, messageId)).toMatchObject(notFound);
    expect(await eve.acknowledge(messageId)).toMatchObject(notFound);
  });
});
