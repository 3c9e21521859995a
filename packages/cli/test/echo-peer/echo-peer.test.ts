import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Peer } from "../mcp/support/mesh-world.ts";
import { LaunchWorld, type LaunchUser } from "../launch/support/launch-world.ts";
import type { ParlProcess } from "../launch/support/parl-process.ts";

let world: LaunchWorld;
let user: LaunchUser;
let grace: Peer;
let running: ParlProcess[] = [];

beforeAll(async () => {
  world = await LaunchWorld.open([{ slug: "alpha", members: ["ada", "grace"] }]);
  user = world.user([["ada", 0]]);
  grace = await world.mesh.peer("grace", { groups: [{ name: "release" }] });
});
afterEach(async () => {
  for (const peer of running) await peer.stop();
  running = [];
  grace.messages.length = 0;
});
afterAll(() => world.end());

async function echoPeer(name: string, args: readonly string[] = []): Promise<ParlProcess> {
  const peer = user.launch(["--agent", "echo", "-y", "--name", name, ...args]);
  running.push(peer);
  await peer.shows(new RegExp(`^\\* ${name} is online in alpha;`));
  return peer;
}

async function send(targetSpec: string, text: string, replyTo?: string): Promise<string> {
  const result = await grace.client.send({ targetSpec, text, replyTo });
  if (result.outcome === "rejected") throw new Error(result.message);
  return result.messageId;
}

/** Sends and waits for the answer to this very message. */
async function ask(targetSpec: string, text: string): Promise<string> {
  const id = await send(targetSpec, text);
  return (await grace.message((message) => message.replyTo === id)).text;
}

describe("in the mesh", () => {
  test("[CLI-32] name, role and groups are visible to another peer", async () => {
    await echoPeer("ella", ["--role", "reviewer", "--groups", "release:lead, ops"]);
    const row = async (): Promise<unknown> =>
      (await grace.client.listPeers()).find((peer) => peer.displayName === "ella");
    const expected = {
      role: "reviewer",
      groups: [{ name: "release", role: "lead" }, { name: "ops" }],
      connected: true,
    };
    expect(await row()).toMatchObject(expected);
  });

  test("[CLI-32] after the server was away the peer is back with all of it", async () => {
    const own = await LaunchWorld.open([{ slug: "alpha", members: ["ada", "grace"] }]);
    try {
      const peer = own
        .user([["ada", 0]])
        .launch(["--agent", "echo", "-y", "--name", "ella", "--role", "r", "--groups", "g:lead"]);
      await peer.shows(/online in alpha/);
      const port = await own.mesh.stopServer();
      await peer.shows(/^! the connection is lost/m);
      await own.mesh.startServer(port);
      await peer.shows(/^\* connected again/m);
      const witness = await own.mesh.peer("grace");
      const row = (await witness.client.listPeers()).find((one) => one.displayName === "ella");
      expect(row).toMatchObject({ role: "r", groups: [{ name: "g", role: "lead" }] });
    } finally {
      await own.end();
    }
  });

  test("[CLI-30] a direct message is shown, comes back as an answer to it, and counts as surfaced and replied", async () => {
    const peer = await echoPeer("ella");
    const to = await world.mesh.present(grace, "ella");
    expect(await ask(to, "hello\u001b[31m there")).toBe("echo: hello\u001b[31m there");
    const [, id = ""] = await peer.shows(/^< grace \[direct, encrypted, (\S+)\]: hello\\x1b\[31m there$/m);
    await peer.shows(/^> to grace \[delivered, \S+\]: echo: hello/m);
    expect(await grace.reaches(id, "replied")).toEqual(expect.arrayContaining(["surfaced", "replied"]));
  });

  test("[CLI-30] it never answers an answer, a broadcast, a group it does not lead, or a statement to the one it leads", async () => {
    const peer = await echoPeer("ella", ["--groups", "release:lead,ops"]);
    const to = await world.mesh.present(grace, "ella");
    const ids = [
      await send(to, "thanks", "some-message-id"),
      await send("*", "is this for everybody?"),
      await send("@ops", "is this for ops?"),
      await send("@release", "a statement to the group it leads"),
    ];
    // Asked last and answered in order: had it answered the others, those answers would have come before this one.
    await ask(to, "are you there");
    for (const id of ids) await peer.shows(new RegExp(`^< grace.*${id}`, "m"));
    expect(grace.messages.map(({ replyTo }) => replyTo).filter((id) => ids.includes(id ?? ""))).toEqual([]);
  });

  test("[CLI-30] the lead of a group answers for it", async () => {
    const lead = await echoPeer("lee", ["--groups", "release:Lead"]);
    const other = await echoPeer("mia", ["--groups", "release"]);
    lead.type("state set branch=2.4");
    await lead.shows(/branch is 2\.4 \(version 1, set by lee\)/);
    expect(await ask("@release", "what is branch?")).toBe("branch is 2.4 (version 1, set by lee)");
    await other.shows(/^< grace to @release \[group, encrypted, \S+\]: what is branch\?$/m);
    const to = await world.mesh.present(grace, "mia");
    await ask(to, "ping");
    expect(grace.messages).toHaveLength(2);
  });

  test("[CLI-30] memory and state are written and read at a peer's word", async () => {
    await echoPeer("ella");
    const to = await world.mesh.present(grace, "ella");
    expect(await ask(to, "recall vpn")).toBe(`nothing is remembered about "vpn"`);
    expect(await ask(to, "remember deploys need the VPN profile eu-2")).toMatch(/^remembered as [0-9a-z]{20}$/);
    expect(await ask(to, "recall vpn")).toBe("deploys need the VPN profile eu-2 (remembered by ella)");
    expect(await ask(to, "state get nothing/here")).toBe("nothing/here is not set");
    expect(await ask(to, `state set a/b={"c":[1]}`)).toBe(`a/b is {"c":[1]} (version 1, set by ella)`);
    expect((await grace.client.getState("a/b")).value).toEqual({ c: [1] });
    expect(await ask(to, `state set ${"k".repeat(300)}=1`)).toMatch(/^that failed: /);
  });

  test("[CLI-30] when a key gets its value the peer says what it was told, once", async () => {
    const peer = await echoPeer("ella");
    const to = await world.mesh.present(grace, "ella");
    expect(await ask(to, "when frozen=true say @release stop merging")).toBe("watching frozen");
    await grace.client.setState("frozen", false);
    await grace.client.setState("frozen", true);
    const said = await grace.message((message) => message.text === "stop merging");
    expect(said).toMatchObject({ kind: "group", targetSpec: "@release", encrypted: true, signed: true });
    await peer.shows(/^\* frozen is true \(version 2, set by grace\)/m);
    await grace.client.setState("frozen", false);
    await grace.client.setState("frozen", true);
    await ask(to, "ping");
    expect(grace.messages.filter(({ text }) => text === "stop merging")).toHaveLength(1);
    // A key that has its value already counts at once.
    await ask(to, "when frozen=true say grace already so");
    expect((await grace.message((message) => message.text === "already so")).kind).toBe("direct");
  });

  test("[CLI-30] what only its owner may ask for is just text from a peer", async () => {
    const peer = await echoPeer("ella");
    const to = await world.mesh.present(grace, "ella");
    for (const words of ["leave", "peers", "say @release hi"]) expect(await ask(to, words)).toBe(`echo: ${words}`);
    expect(peer.child.exitCode).toBeNull();
  });
});

describe("its owner", () => {
  test("[CLI-30] types what to say, looks around, gets help, and is told what went wrong", async () => {
    const peer = await echoPeer("ella");
    peer.type("say grace good morning");
    await peer.shows(/^> to grace \[delivered, \S+\]: good morning$/m);
    expect((await grace.message((message) => message.text === "good morning")).kind).toBe("direct");
    peer.type("peers");
    await peer.shows(/^\* grace: @release, idle$/m);
    await peer.shows(/^\* ella: idle, you$/m);
    peer.type("help");
    await peer.shows(/^when KEY=VALUE say TARGET TEXT/m);
    peer.type("say nobody hi");
    await peer.shows(/^! nobody is called 'nobody'/m);
    peer.type("say @empty hi");
    await peer.shows(/^! to @empty \[rejected, empty_group\]/m);
    peer.type("hello?");
    await peer.shows(/^! to whom\?/m);
    peer.type("leave");
    expect(await peer.ended).toMatchObject({ code: 0, stderr: "" });
    const names = (await grace.client.listPeers()).map(({ displayName }) => displayName);
    expect(names).not.toContain("ella");
  });

  test("[CLI-30] types on after the questions of the wizard", async () => {
    const peer = user.launch(["--agent", "echo"]);
    running.push(peer);
    for (const line of ["wanda", "", "release:lead", "y", "say grace asked and there", "leave"]) peer.type(line);
    const end = await peer.ended;
    expect(end.code).toBe(0);
    expect(end.stdout).toContain("the echo peer without a question to you first");
    expect((await grace.message((message) => message.text === "asked and there")).senderName).toBe("wanda");
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "[EXIT-1] %s ends it with 130, and it says goodbye to the mesh",
    async (signal) => {
      const peer = await echoPeer("ella");
      peer.child.stdin.end();
      expect(await peer.stop(signal)).toMatchObject({ code: 130, signal: null });
      expect((await grace.client.listPeers()).map(({ displayName }) => displayName)).not.toContain("ella");
    },
  );

  test("[CLI-1] failures before it is online are envelopes in json mode", async () => {
    const refused = await user.run(["--agent", "echo", "-y", "--json", "surplus"], "", { PARL_VALIDATE: "1" });
    expect(JSON.parse(refused.stdout)).toMatchObject({ exit_code: 1, error: { kind: "parse" } });
    const lonely = world.user([]);
    world.mesh.writeConfig(`${lonely.home}/parl`, [{ ...world.mesh.entry("ada"), memberId: "member-of-nothing" }]);
    const unknown = await lonely.run(["--agent", "echo", "-y", "--json"]);
    expect(JSON.parse(unknown.stdout)).toMatchObject({
      exit_code: 1,
      error: { kind: "unauthorized", category: "auth" },
    });
  });
});
