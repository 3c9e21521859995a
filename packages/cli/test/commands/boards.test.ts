import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Follower, MeshHome } from "./support/mesh-home.ts";

const home = new MeshHome();

beforeAll(async () => {
  await home.json(["up"]);
});
afterAll(() => home.remove());

describe("state", () => {
  test("[CLI-18] set takes JSON, else a text; get and list give it back", async () => {
    expect(await home.json(["state", "set", "b/json", '{"b":1,"a":[true,null]}'])).toMatchObject({
      exit_code: 0,
      key: "b/json",
      version: 1,
    });
    expect((await home.run(["state", "set", "b/text", "plain words"])).stdout).toBe(
      "'b/text' has version 1 in 'local'.\n",
    );
    expect(await home.json(["state", "set", "a/stdin", "-"], { input: "3.5\n" })).toMatchObject({ version: 1 });

    expect(await home.json(["state", "get", "b/json"])).toMatchObject({
      key: "b/json",
      value: { b: 1, a: [true, null] },
      version: 1,
    });
    expect((await home.run(["state", "get", "b/text"])).stdout).toBe('"plain words"\n');
    expect(await home.json(["state", "list"])).toMatchObject({
      entries: [{ key: "a/stdin", value: 3.5 }, { key: "b/json" }, { key: "b/text", value: "plain words" }],
    });
    expect(await home.json(["state", "list", "--prefix", "b/t"])).toMatchObject({ entries: [{ key: "b/text" }] });
    expect((await home.run(["state", "list"])).stdout).toMatch(/^b\/text +1 +\S+ +\S+Z +"plain words"$/m);
  });

  test("[CLI-18] [CLI-2] a missing key, a lost race, a value too large and a bad key have kinds of their own, exit 1", async () => {
    expect(await home.failure(["state", "get", "nosuch"], "state_not_found")).toMatchObject({ key: "nosuch" });
    expect((await home.run(["state", "get", "nosuch"])).status).toBe(1);
    await home.json(["state", "set", "raced", "1", "--if-version", "0"]);
    expect(await home.failure(["state", "set", "raced", "2", "--if-version", "0"], "version_conflict")).toMatchObject({
      key: "raced",
      error: { detail: { current: { value: 1, version: 1 } } },
    });
    await home.failure(["state", "set", "large", "x".repeat(70_000)], "value_too_large");
    await home.failure(["state", "set", "ends-in-*", "1"], "bad_request");
    expect(await home.json(["state", "set", "raced", "null"])).toMatchObject({ version: 0 });
    await home.failure(["state", "get", "raced"], "state_not_found");
  });

  test("[CLI-18] [STR-4] [STR-6] watch streams the changes of what it watches and ends with 130", async () => {
    const watch = new Follower(home.start(["state", "watch", "w/*", "exact", "--json"]));
    expect(await watch.next("watching")).toMatchObject({ seq: 1, patterns: ["w/*", "exact"], final: false });

    await home.json(["state", "set", "other", "1"]);
    await home.json(["state", "set", "w/a", '{"x":1}']);
    expect(await watch.next("state_change")).toMatchObject({ key: "w/a", value: { x: 1 }, version: 1, deleted: false });

    expect(await watch.interrupt()).toBe(130);
    expect(watch.lines.at(-1)).toMatchObject({ final: true, exit_code: 130, count: 1, mesh: "local" });
  });

  test("[CLI-18] watch ends by itself after --max changes", async () => {
    const child = home.start(["state", "watch", "m", "--max", "2"]);
    const closed = new Promise((resolve) => child.once("close", resolve));
    let stdout = "";
    await new Promise<void>((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        if (stdout.includes("Ctrl-C")) resolve();
      });
    });
    await home.json(["state", "set", "m", "1"]);
    await home.json(["state", "set", "m", "null"]);

    expect(await closed).toBe(0);
    expect(stdout).toMatch(/Z {2}m = 1 {2}\(version 1, by .+\)\n.+Z {2}m deleted by .+\n$/);
  });
});

describe("memory", () => {
  test("[CLI-19] remembers, recalls by words and tags, and forgets", async () => {
    const first = await home.json(["remember", "Deploys are frozen on Fridays", "--tag", "deploy", "--tag", "rule"]);
    const second = await home.json(["remember", "-"], { input: "The deploying agent\nis called Otto\n" });

    expect(await home.json(["recall", "deploy"])).toMatchObject({
      query: "deploy",
      memories: [{ id: first["id"] }, { id: second["id"], content: "The deploying agent\nis called Otto" }],
    });
    expect(await home.json(["recall", "", "--tag", "rule"])).toMatchObject({
      memories: [{ id: first["id"], tags: ["deploy", "rule"], score: 0 }],
    });
    expect(await home.json(["recall", "deploy", "--limit", "1"])).toMatchObject({ memories: [{ id: first["id"] }] });
    const text = (await home.run(["recall", "otto"])).stdout;
    expect(text).toMatch(
      new RegExp(`^${String(second["id"])} {2}.+ {2}score 0\\.\\d+\\n {2}The deploying agent\\n {2}is called Otto\\n$`),
    );

    expect(await home.json(["forget", String(first["id"])])).toMatchObject({ id: first["id"], forgotten: true });
    expect((await home.run(["recall", "frozen"])).stdout).toBe("Nothing in 'local' matches.\n");
  });

  test("[CLI-19] [CLI-2] what cannot be remembered or forgotten says why", async () => {
    await home.failure(["remember", ""], "invalid_input");
    await home.failure(["remember", "x".repeat(33_000)], "value_too_large");
    expect(await home.failure(["forget", "0000000000"], "memory_not_found")).toMatchObject({ id: "0000000000" });
    expect((await home.run(["forget", "0000000000"])).stderr).toContain("parl recall");
    expect((await home.run(["recall", "x", "--limit", "0"])).status).toBe(2);
  });
});
