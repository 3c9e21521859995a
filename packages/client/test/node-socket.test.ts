import { expect, test } from "vitest";
import { wsOpener } from "../src/node/ws-socket.ts";
import { closeLater } from "./support/mesh-fixture.ts";
import { ScriptedBroker } from "./support/scripted-broker.ts";

const openWsSocket = wsOpener(undefined);

test("[WS-2] frames of one tick arrive whole and in order; compression is not offered", async () => {
  const broker = await ScriptedBroker.start();
  closeLater(() => broker.stop());
  const texts = Array.from({ length: 200 }, (_, n) => JSON.stringify({ type: "n", n, fill: "é".repeat(n) }));
  let socket: ReturnType<typeof openWsSocket> | undefined;
  const opened = new Promise<void>((resolve) => {
    socket = openWsSocket(broker.url, {
      opened: resolve,
      message: () => undefined,
      alive: () => undefined,
      closed: () => undefined,
    });
  });
  const connection = await broker.nextConnection();
  await opened;
  for (const text of texts) socket?.send(text);
  for (const text of texts) expect(JSON.stringify(await connection.next())).toBe(text);
  socket?.close(1000, "bye");
  expect(await connection.closed).toEqual({ code: 1000, reason: "bye" });
});

test.each(["not a url", "http://127.0.0.1:1/ws#fragment", "ws://127.0.0.1:1/ws"])(
  "[HELLO-9] a socket to '%s' reports its failure once, later than the call",
  async (url) => {
    let isReturned = false;
    const failure = new Promise<{ code: number; error: Error | undefined; late: boolean }>((resolve) => {
      openWsSocket(url, {
        opened: () => undefined,
        message: () => undefined,
        alive: () => undefined,
        closed: (code, _reason, error) => resolve({ code, error, late: isReturned }),
      });
      isReturned = true;
    });
    const { code, error, late } = await failure;
    expect({ code, late }).toEqual({ code: 1006, late: true });
    expect(error).toBeInstanceOf(Error);
  },
);
