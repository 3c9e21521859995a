import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dumpDatabase } from "../support/database-dump.ts";
import { MeshWorld, plainText, type Guest } from "../support/mesh-world.ts";
import { STORE_KINDS, startDatabaseSource, type DatabaseSource } from "../support/store-kinds.ts";

const DAY = 86_400_000;

interface LogPage {
  messages: Record<string, unknown>[];
  next: string | null;
}

describe.each(STORE_KINDS)("readable messages with %s", (kind) => {
  let databases: DatabaseSource;
  let world: MeshWorld;
  let ada: Guest;
  let grace: Guest;

  beforeAll(async () => {
    databases = await startDatabaseSource(kind);
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    const forever = "2147483647";
    world = await MeshWorld.open({
      meshes: [
        { members: ["ada", "grace"], policies: { rateMessagesPerMinute: 0 } },
        { slug: "other", members: ["eve"] },
      ],
      databaseUrl: await databases.createUrl(),
      env: { PARL_PING_INTERVAL_MS: forever, PARL_DEAD_AFTER_MS: forever },
    });
    await meet();
  });
  afterEach(() => world.end());

  const meet = async (): Promise<void> => {
    ada = await world.join("ada", { displayName: "Ada" });
    grace = await world.join("grace", { groups: [{ name: "ops" }] });
  };
  const list = async (query = ""): Promise<LogPage> => {
    const { status, json } = await world.rest("GET", `/messages${query}`);
    if (status !== 200) throw new Error(`${status} ${String(json["error"])}`);
    return json as unknown as LogPage;
  };
  const textsOf = async (query = ""): Promise<unknown[]> => (await list(query)).messages.map(({ text }) => text);
  /** Grace acknowledges everything, and the bodies are deleted. */
  const readAll = async (): Promise<void> => {
    for (const id of grace.received()) await grace.acknowledge(id);
    await world.time.advance(60_000);
  };

  test("[MODEL-1] without the policy no readable history is kept: settled bodies are gone, and there was never a text", async () => {
    const secret = "the launch code is 0000";
    for (const target of ["*", "@ops", grace]) await ada.send(target, target === grace ? {} : plainText(secret));
    await grace.waitForPushes(3);
    const [body = ""] = grace.pushes().map((push) => String(push["ciphertext"]));
    expect(await dumpDatabase(world.server)).toContain(body);
    await readAll();
    const stored = await dumpDatabase(world.server);
    for (const push of grace.pushes()) expect(stored).not.toContain(push["ciphertext"]);
    expect(stored).not.toContain(secret);
    await expect(list()).rejects.toThrow("404 log_off");
    expect(JSON.stringify(world.server.log)).not.toContain(secret);
    // What went by before it was switched on stays unread.
    await world.setPolicies({ messageLog: true });
    expect(await list()).toEqual({ messages: [], next: null });
  });

  test("[HTTP-12] [POL-5] with it on, the plaintext multicasts are listed with every field, and nothing encrypted is", async () => {
    await world.setPolicies({ messageLog: true });
    const texts = ["naïve 🦉 <script>alert(1)</script>", "to everybody"];
    const first = await ada.send("@ops", { ...plainText(texts[0] ?? ""), priority: "now" });
    const second = await ada.send("*", plainText(texts[1] ?? ""));
    const direct = await ada.send(grace);
    const boxed = await ada.send("*", { enc: "group_box", ciphertext: plainText("sealed").ciphertext });
    expect(boxed).toMatchObject({ code: "recipients_lack_encryption" });
    await grace.waitForPushes(3);
    const createdAt = new Date(world.time.now()).toISOString();
    expect(await list()).toEqual({
      messages: [
        {
          id: second["messageId"],
          sender_name: "Ada",
          target_spec: "*",
          kind: "broadcast",
          priority: "next",
          text: texts[1],
          created_at: createdAt,
        },
        {
          id: first["messageId"],
          sender_name: "Ada",
          target_spec: "@ops",
          kind: "group",
          priority: "now",
          text: texts[0],
          created_at: createdAt,
        },
      ],
      next: null,
    });
    // The body goes when it is settled; the log stays, through a restart.
    await readAll();
    await world.restart();
    expect(await textsOf()).toEqual([texts[1], texts[0]]);
    const stored = await dumpDatabase(world.server);
    for (const push of grace.pushes()) expect(stored).not.toContain(push["ciphertext"]);

    for (const [id, target] of [
      [first["messageId"], "@ops"],
      [direct["messageId"], grace.session.publicKey],
    ]) {
      const { status, json } = await world.rest("GET", `/messages/${String(id)}`);
      expect([status, json]).toMatchObject([200, { message_id: id, target_spec: target, delivered: true }]);
      expect(json["recipients"]).toMatchObject([{ state: "surfaced", path: [{}, { state: "offered" }, {}] }]);
      const told = JSON.stringify(json);
      for (const hidden of [...texts, "ciphertext", "nonce", "text"]) expect(told).not.toContain(hidden);
    }
  });

  test("[HTTP-12] pages go on where they stopped, each message once, whatever comes meanwhile and through a restart", async () => {
    await world.setPolicies({ messageLog: true });
    const texts = Array.from({ length: 120 }, (_, n) => `text ${n}`);
    for (const text of texts) await ada.send("*", plainText(text));
    const newestFirst = texts.toReversed();
    expect(await textsOf()).toEqual(newestFirst.slice(0, 50));
    let page = await list("?limit=7");
    const seen = page.messages.map(({ text }) => text);
    for (let pages = 1; page.next !== null; pages++) {
      if (pages === 3) await ada.send("*", plainText("a newcomer"));
      if (pages === 6) await world.restart();
      expect(page.next).toBe(page.messages.at(-1)?.["id"]);
      page = await list(`?limit=7&before=${String(page.next)}`);
      seen.push(...page.messages.map(({ text }) => text));
    }
    expect(seen).toEqual(newestFirst);
    expect(await textsOf("?limit=1")).toEqual(["a newcomer"]);
    // A page that ends with the last message has no next one.
    const all = await list("?limit=100");
    expect((await list(`?limit=21&before=${String(all.next)}`)).next).toBeNull();
    expect((await list(`?limit=20&before=${String(all.next)}`)).next).not.toBeNull();
    for (const query of ["?limit=0", "?limit=x", "?before=!!"]) {
      await expect(list(query)).rejects.toThrow("400 bad_request");
    }
  });

  test("[HTTP-12] [MODEL-2] the list needs scope read, one message scope admin, and each mesh has its own", async () => {
    await world.setPolicies({ messageLog: true });
    const { messageId } = await ada.send("*", plainText("here"));
    const { json } = await world.rest("POST", "/tokens", { name: "reader", scope: "read" });
    const mesh = world.server.meshes[0]?.id ?? "";
    const get = async (path: string, token: unknown): Promise<number> => {
      const headers = typeof token === "string" ? { authorization: `Bearer ${token}` } : undefined;
      const response = await fetch(
        `${world.server.url}/api/v1/meshes/${path}`,
        headers === undefined ? {} : { headers },
      );
      await response.text();
      return response.status;
    };
    const reader = json["token"] ?? json["secret"];
    expect(await get(`${mesh}/messages`, reader)).toBe(200);
    expect(await get(`${mesh}/messages/${String(messageId)}`, reader)).toBe(403);
    expect(await get(`${mesh}/messages`, undefined)).toBe(401);
    expect(await get(`other/messages/${String(messageId)}`, world.server.adminToken)).toBe(404);
    expect(await get(`other/messages`, world.server.adminToken)).toBe(404);
    expect((await world.rest("GET", "/messages/nobodysmessage00")).status).toBe(404);
  });

  test("[HTTP-12] [POL-5] switched off it answers log_off and keeps nothing new; a text is kept for seven days", async () => {
    await world.setPolicies({ messageLog: true });
    await ada.send("*", plainText("on"));
    await world.setPolicies({ messageLog: false });
    await expect(list()).rejects.toThrow("404 log_off");
    await ada.send("*", plainText("off"));
    await world.setPolicies({ messageLog: true });
    await world.time.leap(DAY);
    await ada.send("*", plainText("on again"));
    expect(await textsOf()).toEqual(["on again", "on"]);
    await world.time.leap(6 * DAY - 60_000);
    expect(await textsOf()).toEqual(["on again", "on"]);
    // Deletion has a minute.
    await world.time.advance(121_000);
    expect(await textsOf()).toEqual(["on again"]);
    await world.time.leap(DAY);
    await world.time.advance(121_000);
    expect(await textsOf()).toEqual([]);
  });
});
