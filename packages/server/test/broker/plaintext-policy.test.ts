import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { MeshWorld, plainText, type Guest } from "../support/mesh-world.ts";
import type { RawFrame } from "../support/raw-client.ts";
import { STORE_KINDS, startDatabaseSource, type DatabaseSource } from "../support/store-kinds.ts";

const DAY = 86_400_000;
const SEALED = { capabilities: ["client_ack", "group_box"] };
/** Nobody can open it, which the broker does not know. */
const sealed = { enc: "group_box" };

describe.each(STORE_KINDS)("plaintext multicasts with %s", (kind) => {
  let databases: DatabaseSource;
  let world: MeshWorld;

  beforeAll(async () => {
    databases = await startDatabaseSource(kind);
  });
  afterAll(() => databases.stop());
  afterEach(() => world.end());

  const open = async (allowPlaintextGroups: boolean | "auto" | undefined): Promise<void> => {
    const forever = "2147483647";
    world = await MeshWorld.open({
      meshes: [
        {
          members: ["ada", "grace", "alan"],
          ...(allowPlaintextGroups === undefined ? {} : { policies: { allowPlaintextGroups } }),
        },
      ],
      databaseUrl: await databases.createUrl(),
      env: { PARL_PING_INTERVAL_MS: forever, PARL_DEAD_AFTER_MS: forever },
    });
  };
  const sendPlain = (from: Guest): Promise<RawFrame> => from.send("*", plainText("in the clear"));
  const taken = { queued: true };
  const forbidden = { queued: false, code: "plaintext_forbidden" };

  test("[POL-4] false: never, whoever is here; what a recipient cannot open is refused for it alone", async () => {
    await open(false);
    const ada = await world.join("ada", SEALED);
    const grace = await world.join("grace", SEALED);
    const legacy = await world.join("alan", { legacy: true });
    expect(await sendPlain(ada)).toMatchObject(forbidden);
    expect(await legacy.send("*", plainText("from 0.3"))).toMatchObject({ type: "error", code: "plaintext_forbidden" });
    const ack = await ada.send("*", sealed);
    expect(ack).toMatchObject({ recipients: 2, outcome: { offering: 1, refused: 1 } });
    await grace.waitForPushes(1);
    await legacy.client.settle();
    expect(legacy.pushes()).toEqual([]);
    const status = await ada.client.request({ type: "message_status", messageId: ack["messageId"] });
    expect(status["recipients"]).toContainEqual(
      expect.objectContaining({ pubkey: legacy.session.publicKey, state: "refused", reason: "cannot_decrypt" }),
    );
  });

  test("[POL-4] true: always, also where everybody could open an encrypted one", async () => {
    await open(true);
    const ada = await world.join("ada", SEALED);
    const grace = await world.join("grace", SEALED);
    expect(await sendPlain(ada)).toMatchObject(taken);
    expect(await grace.waitForPushes(1)).toMatchObject([{ enc: "none" }]);
    await world.join("alan");
    expect(await ada.send("*", sealed)).toMatchObject({ code: "recipients_lack_encryption", allowPlaintext: true });
  });

  test("[POL-4] auto, the default: while a live presence lacks group_box, dropped ones too", async () => {
    await open(undefined);
    const ada = await world.join("ada", SEALED);
    await world.join("grace", SEALED);
    expect(await sendPlain(ada)).toMatchObject(forbidden);
    const legacy = await world.join("alan", { legacy: true });
    expect(await sendPlain(ada)).toMatchObject(taken);
    await legacy.lose();
    expect(await sendPlain(ada)).toMatchObject(taken);
    // A control connection is nobody who gets multicasts.
    await world.restart();
    await world.time.leap(8 * DAY);
    const again = await world.join("ada", SEALED);
    await world.join("grace", SEALED);
    await world.control("alan", { capabilities: [] });
    expect(await sendPlain(again)).toMatchObject(forbidden);
  });

  test("[POL-4] auto: and while a member seen within seven days lacked it, through a restart; then no more", async () => {
    await open("auto");
    const legacy = await world.join("alan", { legacy: true });
    let ada = await world.join("ada", SEALED);
    await world.join("grace", SEALED);
    await legacy.leave();
    expect(await sendPlain(ada)).toMatchObject(taken);
    await world.restart();
    await world.time.leap(7 * DAY - 1);
    ada = await world.join("ada", SEALED);
    await world.join("grace", SEALED);
    expect(await sendPlain(ada)).toMatchObject(taken);
    await world.time.leap(1);
    expect(await sendPlain(ada)).toMatchObject(forbidden);
  });

  test("[POL-4] auto: a member whose newer client can open it, or who was revoked, is no reason any more", async () => {
    await open("auto");
    const ada = await world.join("ada", SEALED);
    await world.join("grace", SEALED);
    const legacy = await world.join("alan", { legacy: true });
    await legacy.leave();
    expect(await sendPlain(ada)).toMatchObject(taken);
    const newer = await world.join("alan", SEALED);
    expect(await sendPlain(ada)).toMatchObject(forbidden);
    await newer.leave();
    expect(await sendPlain(ada)).toMatchObject(forbidden);
    await (await world.join("alan", { legacy: true })).leave();
    expect(await sendPlain(ada)).toMatchObject(taken);
    expect(await world.rest("DELETE", `/members/${world.member("alan").id}`)).toMatchObject({ status: 200 });
    expect(await sendPlain(ada)).toMatchObject(forbidden);
  });
});
