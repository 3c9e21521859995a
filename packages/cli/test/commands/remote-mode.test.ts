import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ScriptedServer } from "../modes/support/scripted-server.ts";
import { MeshHome } from "./support/mesh-home.ts";

const home = new MeshHome();
const stranger = new MeshHome();
let origin = "";

beforeAll(async () => {
  origin = String((await home.json(["up"]))["url"]);
});
afterAll(async () => {
  await Promise.all([home.remove(), stranger.remove()]);
});

function brokerUrl(): string {
  return home.config().meshes[0]?.["brokerUrl"] ?? "";
}

describe("remote-mode", () => {
  test("[CMD-remote-mode-1] [TXT-3] completes the hello of a joined mesh, as the member it is", async () => {
    for (const target of [brokerUrl(), brokerUrl().replace(/^ws/u, "http")]) {
      const { stdout, stderr, status } = await home.run(["remote-mode", target]);
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      expect(stdout).toMatch(
        /^mode=remote\nconnected=True\ndetail=server \d+\.\d+\.\d+, mesh 'local', round trip \d+ ms: (?:ws|http):\/\/\S+\/ws\n$/u,
      );
    }
  });

  test("[CMD-remote-mode-1] who joined no mesh there is told so, 1", async () => {
    const { stdout, status } = await stranger.run(["remote-mode", brokerUrl()]);
    expect(stdout).toContain("connected=False\ndetail=a server answers, but no joined mesh has this address");
    expect(status).toBe(1);
  });

  test("[CMD-remote-mode-1] [TXT-3] a place of the server without a remote socket is the reason, 1", async () => {
    const { stdout, stderr, status } = await home.run(["remote-mode", `${origin}/nothing`]);
    expect(stdout).toBe(
      `mode=remote\nconnected=False\ndetail=the server answered with status 404, there is no such socket: ${origin}/nothing\n`,
    );
    expect({ stderr, status }).toEqual({ stderr: "", status: 1 });
  });

  test("[TXT-3] a hello of the remote protocol is True through the program too", async () => {
    const hello = JSON.stringify({ type: "hello", version: "0.1.0", protocol: 1 });
    const server = await ScriptedServer.start((socket) => socket.send(hello));
    try {
      const { stdout, status } = await stranger.run(["remote-mode", `ws://${server.host}`]);
      expect(stdout).toMatch(
        /^mode=remote\nconnected=True\ndetail=server 0\.1\.0, remote protocol 1, round trip \d+ ms: /u,
      );
      expect(status).toBe(0);
    } finally {
      await server.stop();
    }
  });
});

describe("direct-connect-mode", () => {
  test("[CMD-direct-connect-mode-1] [TXT-3] is False, 1, where no remote socket opens, and says nothing on stderr", async () => {
    expect(await home.run(["direct-connect-mode", `${origin}/nothing`])).toEqual({
      status: 1,
      stdout: `mode=direct-connect\ntarget=${origin}/nothing\nactive=False\n`,
      stderr: "",
    });
  });
});

describe("ssh-mode", () => {
  test("[CMD-ssh-mode-1] [ARG-6] a target that would be an option is a usage error, 2", async () => {
    const { stdout, stderr, status } = await home.run(["ssh-mode", "--", "-oProxyCommand=touch x@y"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toMatch(/^usage: parl ssh-mode .*\nparl: error: argument target: it begins with a dash/u);
  });

  test("[CMD-ssh-mode-1] [TXT-3] without an ssh program a host is a failed attempt, and the tunnel is told all the same", async () => {
    const { stdout, status, stderr } = await home.run(["ssh-mode", "anna@example.org"], {
      env: { PATH: home.path("nothing") },
    });
    expect(stdout).toBe(
      [
        "mode=ssh",
        "connected=False",
        "detail=ssh was not started, there is no such program on PATH: anna@example.org",
        "tunnel=ssh -N -L 7900:127.0.0.1:7900 -- anna@example.org",
        "",
      ].join("\n"),
    );
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  });
});
