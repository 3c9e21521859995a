import { hostname } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LaunchWorld, startedIn, type LaunchUser } from "./support/launch-world.ts";

let world: LaunchWorld;
let one: LaunchUser;
let two: LaunchUser;

beforeAll(async () => {
  world = await LaunchWorld.open([
    { slug: "alpha", members: ["ada", "grace"] },
    { slug: "beta", members: ["ada"] },
  ]);
  one = world.user([["ada", 0]]);
  two = world.user([
    ["ada", 0],
    ["ada", 1],
  ]);
  await world.mesh.peer("grace");
});
afterAll(() => world.end());

/** The lines of the wizard, without those of consent and agent. */
const asked = (stdout: string): string[] =>
  stdout.split("\n").filter((line) => /^(Name|Mesh|Role|Groups|Continue|\d\.)/.test(line));

describe("the questions", () => {
  test("[CLI-30] are asked one line each, in these words, and the answers go to the agent", async () => {
    const end = await one.run([], "ann\nlead\n frontend:lead, @ops \ny\n");
    expect(end).toMatchObject({ code: 0 });
    expect(asked(end.stdout)).toEqual([
      "Name: ",
      "Mesh: alpha (1 peers online)",
      "Role (optional): ",
      "Groups (optional): ",
      "Continue? [Y/n] ",
    ]);
    expect(startedIn(end.stdout)?.env).toMatchObject({
      PARL_MESH: "alpha",
      PARL_DISPLAY_NAME: "ann",
      PARL_ROLE: "lead",
      PARL_GROUPS: "frontend:lead,ops",
    });
  });

  test("[CLI-30] an empty name is host and process, empty role and groups are none, an empty consent is yes", async () => {
    const end = await one.run([], "\n\n\n\n");
    const { env } = startedIn(end.stdout) ?? { env: {} as Record<string, string> };
    expect(env["PARL_DISPLAY_NAME"]).toMatch(new RegExp(`^${hostname()}-\\d+$`));
    expect([env["PARL_ROLE"], env["PARL_GROUPS"]]).toEqual(["", ""]);
  });

  test("[CLI-30] of several meshes one is picked by number or name, each with its peers; a wrong pick is asked again", async () => {
    const end = await two.run([], "ann\n3\nbeta\n\n\ny\n");
    expect(asked(end.stdout).slice(1, 5)).toEqual([
      "1. Mesh: alpha (1 peers online)",
      "2. Mesh: beta (0 peers online)",
      "Mesh [1-2]: ",
      "Mesh [1-2]: ",
    ]);
    expect(startedIn(end.stdout)?.env).toMatchObject({ PARL_MESH: "beta" });
    expect(startedIn((await two.run([], "ann\n1\n\n\ny\n")).stdout)?.env).toMatchObject({ PARL_MESH: "alpha" });
  });

  test("[CLI-30] a broker that does not answer is offline after 2 s", async () => {
    const { createServer } = await import("node:net");
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const entries = [{ ...world.mesh.entry("ada"), brokerUrl: `ws://127.0.0.1:${port}/ws` }];
    const user = world.user([]);
    world.mesh.writeConfig(`${user.home}/parl`, entries);
    const before = performance.now();
    const end = await user.run(["--name", "x", "--role", "", "--groups", ""], "n\n");
    expect(end.stdout).toContain("Mesh: alpha (offline)\n");
    expect(performance.now() - before).toBeLessThan(6000);
    silent.close();
  });

  test.each([
    ["--name", ["--name", "ann"], "Name: "],
    ["--role", ["--role", "r"], "Role (optional): "],
    ["--groups", ["--groups", "g"], "Groups (optional): "],
    ["--mesh", ["--mesh", "alpha"], "Mesh: alpha (1 peers online)"],
  ])("[CLI-31] %s skips exactly its own question", async (_flag, args, question) => {
    const all = [
      "Name: ",
      "Mesh: alpha (1 peers online)",
      "Role (optional): ",
      "Groups (optional): ",
      "Continue? [Y/n] ",
    ];
    const end = await one.run(args, "\n\n\n\n\n");
    expect(asked(end.stdout)).toEqual(all.filter((line) => line !== question));
    expect(startedIn(end.stdout)).toBeDefined();
  });

  test("[CLI-31] -y asks nothing at all, and --quiet takes the banner only", async () => {
    const loud = await one.run(["-y"]);
    expect(asked(loud.stdout)).toEqual([]);
    expect(loud.stderr).toMatch(/^parl: starting the agent as \S+ \(mesh alpha; messages push\)\n/);
    const quiet = await one.run(["--quiet", "--name", "ann"], "\n\ny\n");
    expect(quiet.stderr).toBe("");
    expect(asked(quiet.stdout)).toHaveLength(4);
  });

  test("[CLI-31] -y with several meshes and no --mesh is an error that lists them", async () => {
    const end = await two.run(["-y"]);
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expect(end.stderr).toContain("several meshes are joined: alpha, beta");
    const json = await two.run(["-y", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ exit_code: 1, error: { kind: "mesh_required" } });
  });

  test("[CLI-31] no at consent starts nothing, says what to do, and is no failure", async () => {
    const end = await one.run([], "ann\n\n\nn\n");
    expect(end).toMatchObject({ code: 0, stderr: "" });
    expect(end.stdout).toContain("Nothing was started.");
    expect(startedIn(end.stdout)).toBeUndefined();
  });

  test.each(["", "ann\n", "ann\nrole\n", "ann\n\n\n"])(
    "[CLI-31] the end of input after %j starts nothing and is exit 1",
    async (input) => {
      const end = await one.run([], input);
      expect(end.code).toBe(1);
      expect(end.stderr).toContain("the input ended at the question");
      expect(startedIn(end.stdout)).toBeUndefined();
    },
  );

  test("[CLI-1] in json mode nothing is asked: every answer is an option, or -y", async () => {
    const end = await one.run(["--json", "--name", "ann", "--role", "r", "--groups", "g"], "y\n", {
      PARL_VALIDATE: "1",
    });
    expect(end).toMatchObject({ code: 1, stderr: "" });
    expect(JSON.parse(end.stdout)).toMatchObject({ command: "launch", error: { kind: "parse" } });
    const answered = await one.run(["--json", "-y", "--name", "ann"]);
    expect(answered).toMatchObject({ code: 0, stderr: "" });
    expect(answered.stdout.trim().split("\n")).toHaveLength(1);
    expect(startedIn(answered.stdout)?.env["PARL_DISPLAY_NAME"]).toBe("ann");
  });

  test("[GRP-5] a bad group is an error before anything is started, from an option and from the wizard", async () => {
    const option = await one.run(["-y", "--groups", "ok,not ok", "--json"]);
    expect(JSON.parse(option.stdout)).toMatchObject({ error: { kind: "bad_group", target: "not ok" } });
    const typed = await one.run([], "ann\n\n@x:y:z, -bad\n");
    expect(typed.code).toBe(1);
    expect(typed.stderr).toContain("'-bad'");
    expect(startedIn(typed.stdout)).toBeUndefined();
  });

  test("[LIM-14] a role above 64 characters is refused", async () => {
    const end = await one.run(["-y", "--role", "r".repeat(65), "--json"]);
    expect(JSON.parse(end.stdout)).toMatchObject({ error: { kind: "invalid_input", target: "role" } });
  });
});

describe("consent", () => {
  const consent = async (args: readonly string[]): Promise<string> =>
    (await one.run(["--name", "a", ...args], "\n\nn\n")).stdout;

  test("[CLI-30] stands under its heading and says who may send what, and that prompts stay on", async () => {
    const text = await consent([]);
    expect(text).toMatch(
      /\nAutonomous mode\n {2}Messages from peers reach the agent, .*without a question to you first/,
    );
    expect(text).toContain("Peers can send text only");
    expect(text).toContain("Permission prompts stay on");
  });

  test("[CLI-33] says so when the user switches permission prompts off", async () => {
    const text = await consent(["--", "--dangerously-skip-permissions"]);
    expect(text).toContain("Permission prompts are OFF");
    expect(text).not.toContain("stay on");
    expect(await consent(["--permission-mode", "acceptEdits"])).toContain("follow your --permission-mode acceptEdits");
  });

  test("[CLI-30] is about notices in mode inbox and about asking in mode off", async () => {
    expect(await consent(["--message-mode", "inbox"])).toContain("Notices of messages");
    expect(await consent(["--message-mode", "off"])).toContain("wait until the agent looks");
  });
});
