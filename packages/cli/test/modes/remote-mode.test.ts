import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { pickEnvironment } from "../../src/harness/environment.ts";
import { StopRequest } from "../../src/harness/interruption.ts";
import { tryDirectConnect } from "../../src/modes/direct-connect-mode.ts";
import { tryRemote, type AttemptContext } from "../../src/modes/remote-mode.ts";
import { parseServerTarget, remoteSocketUrl } from "../../src/modes/server-target.ts";
import { ScriptedServer } from "./support/scripted-server.ts";

const hello = { type: "hello", message: "Welcome to Parlatory", version: "0.1.0", protocol: 1, auth_version: 1 };
const limitMs = 15_000;

let server: ScriptedServer | undefined;
let mute: Server | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
  mute?.close();
  mute = undefined;
});

function context(signal = new AbortController().signal): AttemptContext {
  return {
    env: pickEnvironment({}),
    home: "/nonexistent/parl",
    monotonicMs: () => performance.now(),
    durationMs: () => 12,
    product: { version: "1.2.3", build: "source", runtime: "node", runtimeVersion: "24.0.0" },
    signal,
    warn: () => undefined,
  };
}

async function serve(greet: (socket: WebSocket) => void): Promise<ScriptedServer> {
  server = await ScriptedServer.start(greet);
  return server;
}

/** A port that takes connections and never says a word. */
async function listenMutely(): Promise<string> {
  const listening = createServer((socket) =>
    socket
      .on("error", () => undefined)
      .resume()
      .on("end", () => socket.end()),
  );
  mute = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return `ws://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

describe("addresses", () => {
  test.each([
    ["ws://h:7900", "ws://h:7900/remote"],
    ["http://h:7900/", "ws://h:7900/remote"],
    ["HTTPS://h/remote", "wss://h/remote"],
    ["wss://h/parl/", "wss://h/parl/remote"],
    ["https://anna:pw@h/x?token=t#f", "wss://h/x/remote"],
    ["ws://[::1]:7900", "ws://[::1]:7900/remote"],
  ])("[TXT-3] %s has its remote socket at %s, without anybody's secrets", (text, expected) => {
    const target = parseServerTarget(text);
    expect(target === undefined ? undefined : remoteSocketUrl(target)).toBe(expected);
  });

  test.each(["", "host", "host:7900", "ftp://h", "ws://", "ws:/h", "http://h:99999", "parl://session/x", "/ws://h"])(
    "[TXT-3] %j cannot be tried, so nothing is and the answer is complete",
    async (text) => {
      expect(await tryRemote(context(), text)).toEqual({
        lines: [
          "mode=remote",
          "connected=False",
          `detail=nothing was attempted: ${text}`,
          "hint=give a ws, wss, http or https URL, such as ws://127.0.0.1:7900/remote",
        ],
        exitCode: 0,
      });
      expect(await tryDirectConnect(context(), text)).toMatchObject({
        lines: ["mode=direct-connect", `target=${text}`, "active=False", expect.stringMatching(/^hint=/u)],
        exitCode: 0,
      });
    },
  );
});

describe("remote-mode", () => {
  test("[CMD-remote-mode-1] [TXT-3] a hello of the remote protocol is True, with version and round trip", async () => {
    const { host } = await serve((socket) => socket.send(JSON.stringify(hello)));
    expect(await tryRemote(context(), `http://${host}`, limitMs)).toEqual({
      lines: [
        "mode=remote",
        "connected=True",
        `detail=server 0.1.0, remote protocol 1, round trip 12 ms: http://${host}`,
      ],
      exitCode: 0,
    });
    expect(server?.upgrades.map(({ path }) => path)).toEqual(["/remote"]);
  });

  test("[ENV-12] [TXT-3] secrets of the target are neither shown nor sent", async () => {
    const { host } = await serve((socket) => socket.send(JSON.stringify(hello)));
    const { lines } = await tryRemote(context(), `ws://anna:pw@${host}/remote?token=t&x=1#f\u001b`, limitMs);
    expect(lines[2]).toContain(`: ws://***@${host}/remote?token=***&x=1#***`);
    expect(server?.upgrades[0]?.path).toBe("/remote");
    expect(server?.upgrades[0]?.headers).not.toHaveProperty("authorization");
    expect(server?.frames).toEqual([]);
  });

  test.each([
    ["no JSON", "hello there", "not the hello of the remote protocol"],
    ["JSON that is no object", "[1]", "not the hello of the remote protocol"],
    ["null", "null", "not the hello of the remote protocol"],
    ["another frame", JSON.stringify({ ...hello, type: "hello_ack" }), "not the hello of the remote protocol"],
    ["a hello without a version", JSON.stringify({ ...hello, version: 1 }), "not the hello of the remote protocol"],
    ["a newer protocol", JSON.stringify({ ...hello, protocol: 2 }), "speaks version 2 of the remote protocol"],
  ])("[TXT-3] %s instead of the hello is False, 1", async (_what, frame, reason) => {
    const { host } = await serve((socket) => socket.send(frame));
    const { lines, exitCode } = await tryRemote(context(), `ws://${host}`, limitMs);
    expect({ connected: lines[1], exitCode }).toEqual({ connected: "connected=False", exitCode: 1 });
    expect(lines[2]).toContain(reason);
    expect(lines).toHaveLength(3);
  });

  test("[TXT-3] a version with control characters cannot forge a line", async () => {
    const { host } = await serve((socket) => socket.send(JSON.stringify({ ...hello, version: "1\nconnected=False" })));
    const { lines } = await tryRemote(context(), `ws://${host}`, limitMs);
    expect(lines[2]).toContain("server 1\\nconnected=False, remote");
  });

  test("[TXT-3] silence ends at the limit: after the opening, and before it", async () => {
    const { host } = await serve(() => undefined);
    const open = await tryRemote(context(), `ws://${host}`, 300);
    expect(open).toMatchObject({ exitCode: 1 });
    expect(open.lines[2]).toContain("the hello of the remote protocol did not come within 300 ms");
    const muted = await tryRemote(context(), await listenMutely(), 300);
    expect(muted.lines[2]).toContain("no answer within 300 ms");
    expect(muted.exitCode).toBe(1);
  });

  test("[TXT-3] a binary frame, and a socket closed at once, are no hello", async () => {
    const { host } = await serve((socket) => {
      socket.send(Buffer.from(JSON.stringify(hello)));
      socket.close(4401);
    });
    const { lines, exitCode } = await tryRemote(context(), `ws://${host}`, limitMs);
    expect(lines[2]).toContain("closed the socket with code 4401");
    expect(exitCode).toBe(1);
  });

  test("[TXT-3] a refused connection is a failed attempt", async () => {
    const { host } = await serve(() => undefined);
    await server?.stop();
    server = undefined;
    const { lines, exitCode } = await tryRemote(context(), `ws://${host}`, limitMs);
    expect(lines).toEqual([
      "mode=remote",
      "connected=False",
      `detail=the connection was refused, no server listens there: ws://${host}`,
    ]);
    expect(exitCode).toBe(1);
  });

  test("[CAN-8] a signal ends the attempt at once", async () => {
    const { host } = await serve(() => controller.abort(new StopRequest("interrupt", "SIGINT")));
    const controller = new AbortController();
    await expect(tryRemote(context(controller.signal), `ws://${host}`, 600_000)).rejects.toThrow("ended by SIGINT");
  });

  test("[TXT-3] an address of a mesh that nobody joined here answers, but no hello can be completed", async () => {
    const { host } = await serve(() => undefined);
    const { lines, exitCode } = await tryRemote(context(), `ws://${host}/ws`, limitMs);
    expect(lines[2]).toContain("a server answers, but no joined mesh has this address");
    expect(exitCode).toBe(1);
    expect(server?.frames).toEqual([]);
  });
});

describe("direct-connect-mode", () => {
  test("[CMD-direct-connect-mode-1] opens the remote socket, says nothing, and closes it", async () => {
    const { host } = await serve((socket) => socket.send(JSON.stringify(hello)));
    const target = `http://anna:pw@${host}/?key=k`;
    expect(await tryDirectConnect(context(), target, limitMs)).toEqual({
      lines: ["mode=direct-connect", `target=http://***@${host}/?key=***`, "active=True"],
      exitCode: 0,
    });
    await expect.poll(() => server?.closed.length).toBe(1);
    expect(server?.upgrades).toMatchObject([{ path: "/remote" }]);
    expect(server?.upgrades[0]?.headers).not.toHaveProperty("authorization");
    expect(server?.upgrades[0]?.headers).not.toHaveProperty("cookie");
    expect(server?.frames).toEqual([]);
  });

  test("[CMD-direct-connect-mode-1] [TXT-3] what does not open is False, 1, with a reason for a person", async () => {
    expect(await tryDirectConnect(context(), await listenMutely(), 200)).toEqual({
      lines: ["mode=direct-connect", expect.stringMatching(/^target=ws:\/\/127/u), "active=False"],
      exitCode: 1,
      reason: "no answer within 200 ms",
    });
  });
});
