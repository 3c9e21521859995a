import { expect, test } from "vitest";
import { createWebPlatform } from "../src/web-platform.ts";
import { connected, eventOf, openFixture } from "./support/mesh-fixture.ts";

test("[HELLO-9] [WS-6] the platform's own WebSocket connects, talks, reconnects and says bye", async () => {
  const clock = (await openFixture()).clock;
  const web = createWebPlatform();
  const fixture = await openFixture({
    platform: {
      ...web,
      clock,
      randomBytes: (count) => (count === 2 ? new Uint8Array([128, 0]) : web.randomBytes(count)),
    },
  });
  const first = await connected(fixture);
  clock.advance(30_000);
  expect(await first.next()).toMatchObject({ type: "get_state" });
  const down = eventOf(fixture.client, "down");
  first.close(1001, "shutting down");
  expect(await down).toMatchObject({ closeCode: 1001, code: "shutting_down" });
  clock.advance(1_000);
  const second = await fixture.broker.nextConnection();
  const ready = eventOf(fixture.client, "ready");
  await second.accept();
  await ready;
  await fixture.client.close();
  expect(await second.closed).toEqual({ code: 1000, reason: "bye" });
});

test("[WS-6] a dropped connection is reported though the platform cannot drop one", async () => {
  const fixture = await openFixture();
  const codes: number[] = [];
  const closed = new Promise<void>((resolve) => {
    const socket = createWebPlatform().openSocket(fixture.broker.url, {
      opened: () => socket.terminate(),
      message: () => undefined,
      alive: () => undefined,
      closed: (code) => {
        codes.push(code);
        resolve();
      },
    });
  });
  await (
    await fixture.broker.nextConnection()
  ).closed;
  await closed;
  expect(codes).toEqual([1006]);
});
