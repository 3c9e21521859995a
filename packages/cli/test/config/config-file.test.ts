import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { changeConfig, configPath, loadConfig } from "../../src/config/config-file.ts";
import { emptyConfig, type JoinedMesh } from "../../src/config/config.ts";

const mesh = (slug: string): JoinedMesh => ({
  meshId: `id-of-${slug}`,
  memberId: "member",
  slug,
  name: slug,
  pubkey: "a".repeat(64),
  secretKey: "b".repeat(128),
  brokerUrl: "ws://127.0.0.1:7900/ws",
  joinedAt: "2026-01-01T00:00:00.000Z",
});

let home: string;
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), "parl-")), "home");
});
afterEach(() => rmSync(join(home, ".."), { recursive: true, force: true }));

const read = (): Record<string, unknown> =>
  JSON.parse(readFileSync(configPath(home), "utf8")) as Record<string, unknown>;

describe("config.json", () => {
  test("[CLI-4] is empty before it is written, and reading creates nothing", async () => {
    expect(await loadConfig(home)).toEqual(emptyConfig);
    expect(() => statSync(home)).toThrow("ENOENT");
  });

  test("[CLI-4] is written 0600 in a home of 0700, and keeps keys nobody knows", async () => {
    await changeConfig(home, (config) => ({ ...config, meshes: [mesh("one")] }));
    const { version, meshes } = read() as { version: number; meshes: object[] };
    writeFileSync(
      configPath(home),
      JSON.stringify({ version, later: { a: 1 }, meshes: meshes.map((entry) => ({ ...entry, colour: "red" })) }),
      { mode: 0o644 },
    );

    await changeConfig(home, (config) => ({ ...config, displayName: "Ada", meshes: [...config.meshes, mesh("two")] }));

    expect(read()).toMatchObject({
      later: { a: 1 },
      displayName: "Ada",
      meshes: [{ slug: "one", colour: "red" }, { slug: "two" }],
    });
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(statSync(configPath(home)).mode & 0o777).toBe(0o600);
    expect(readdirSync(home)).toEqual(["config.json"]);
  });

  test.each([
    ["is not JSON", "{"],
    ["has no `meshes` array", '{"version":1}'],
    [
      "has no `meshes[0].secretKey`",
      '{"meshes":[{"meshId":"a","memberId":"b","slug":"c","pubkey":"d","brokerUrl":"ws://h/ws"}]}',
    ],
    ["is of a version", '{"version":2,"meshes":[]}'],
  ])("[CLI-4] a file that %s is an error and is never overwritten", async (problem, text) => {
    await changeConfig(home, (config) => ({ ...config, meshes: [] }));
    writeFileSync(configPath(home), text);

    await expect(loadConfig(home)).rejects.toMatchObject({
      kind: "invalid_config",
      message: expect.stringContaining(problem) as string,
    });
    await expect(changeConfig(home, (config) => ({ ...config, role: "lead" }))).rejects.toMatchObject({
      kind: "invalid_config",
    });
    expect(readFileSync(configPath(home), "utf8")).toBe(text);
    expect(readdirSync(home)).toEqual(["config.json"]);
  });

  test("[CLI-4] writers at the same time lose nothing", async () => {
    const slugs = Array.from({ length: 20 }, (_, index) => `mesh-${index}`);

    await Promise.all(
      slugs.map((slug) => changeConfig(home, (config) => ({ ...config, meshes: [...config.meshes, mesh(slug)] }))),
    );

    expect((await loadConfig(home)).meshes.map(({ slug }) => slug).toSorted()).toEqual(slugs.toSorted());
  });

  test("[CLI-4] the lock of a process that died does not keep others out, that of a living one does", async () => {
    await changeConfig(home, (config) => ({ ...config, meshes: [] }));
    const lock = `${configPath(home)}.lock`;
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, token: "gone" }));
    await changeConfig(home, (config) => ({ ...config, role: "lead" }));
    expect(read()["role"]).toBe("lead");

    writeFileSync(lock, JSON.stringify({ pid: process.ppid, token: "alive" }));
    await expect(changeConfig(home, (config) => ({ ...config, role: "x" }))).rejects.toMatchObject({
      kind: "filesystem",
      options: { retryable: true, target: lock },
    });
    expect(read()["role"]).toBe("lead");
  });
});
