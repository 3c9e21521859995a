import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MeshHome } from "./support/mesh-home.ts";

const home = new MeshHome();
const passphrase = { input: "correct horse\n" };

beforeAll(async () => {
  await home.json(["up"]);
  await home.json(["state", "set", "kept", '"value of the backup"']);
  await home.json(["remember", "kept in the backup", "--tag", "t"]);
});
afterAll(() => home.remove());

test("[CLI-21] export writes policies, public keys, state and memories of one mesh, and no secret", async () => {
  const out = home.path("export.json");

  expect(await home.json(["export", "--out", out])).toMatchObject({
    path: out,
    mesh: "local",
    members: 1,
    state_entries: 1,
    memories: 1,
  });

  const text = readFileSync(out, "utf8");
  const [member] = home.config().meshes;
  expect(JSON.parse(text)).toMatchObject({
    format: "parlatory.mesh-export",
    mesh: { slug: "local" },
    policies: { maxPeers: 100 },
    members: [{ pubkey: member?.["pubkey"] }],
    state: [{ key: "kept", value: "value of the backup" }],
    memories: [{ content: "kept in the backup", tags: ["t"] }],
  });
  for (const secret of [member?.["secretKey"], member?.["rootKey"], home.config().owned[0]?.["ownerSecretKey"]]) {
    expect(text).not.toContain(secret);
  }
  expect(statSync(out).mode & 0o777).toBe(0o600);
  await home.failure(["export", "--out", home.path("no/such/folder")], "filesystem");
  await home.failure(["export", "--out", out, "--mesh", "nosuch"], "mesh_not_found");
});

test("[CLI-21] an encrypted backup of a running server restores into an empty home, with everything in it", async () => {
  const file = home.path("whole.backup");
  expect(await home.json(["backup", "--out", file, "--passphrase-stdin"], passphrase)).toMatchObject({
    path: file,
    encrypted: true,
    files: ["parl.db", "config.json", "admin-token"],
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const bytes = readFileSync(file);
  expect(bytes.includes("value of the backup")).toBe(false);
  expect(bytes.includes(home.config().meshes[0]?.["secretKey"] ?? "?")).toBe(false);
  expect(readdirSync(home.directory).filter((name) => name.startsWith("."))).toEqual([]);

  const other = new MeshHome();
  try {
    await other.failure(["restore", file], "invalid_input");
    await other.failure(["restore", file, "--passphrase-stdin"], "invalid_backup", { input: "wrong\n" });
    expect(await other.json(["restore", file, "--passphrase-stdin"], passphrase)).toMatchObject({
      home: other.home,
      files: ["parl.db", "config.json", "admin-token"],
    });
    expect(other.config()).toEqual(home.config());
    expect(statSync(`${other.home}/parl.db`).mode & 0o777).toBe(0o600);
    expect(await other.json(["up"])).toMatchObject({ state: "started", mesh_created: null });
    expect(await other.json(["state", "get", "kept"])).toMatchObject({ value: "value of the backup" });
    expect(await other.json(["recall", "backup"])).toMatchObject({ memories: [{ content: "kept in the backup" }] });
    await other.failure(["restore", file, "--passphrase-stdin"], "home_not_empty", passphrase);
  } finally {
    await other.remove();
  }
});

test("[CLI-21] without a passphrase it warns; it replaces nothing; a damaged one restores nothing", async () => {
  const file = home.path("plain.backup");
  const plain = await home.json(["backup", "--out", file]);
  expect(plain).toMatchObject({ encrypted: false, warnings: [{ code: "backup_not_encrypted" }] });
  await home.failure(["backup", "--out", file], "filesystem");
  await home.failure(["backup", "--out", home.path("x"), "--passphrase-stdin"], "invalid_input");
  await home.failure(["backup", "--out", home.path("x")], "bad_request", {
    env: { PARL_DATABASE_URL: "postgres://localhost/x" },
  });

  const bytes = readFileSync(file);
  const other = new MeshHome();
  try {
    const middle = bytes.length >> 1;
    const damages: readonly Buffer[] = [
      Buffer.from("nonsense\n"),
      bytes.subarray(0, middle),
      Buffer.concat([bytes.subarray(0, middle), Buffer.from([(bytes[middle] ?? 0) ^ 1]), bytes.subarray(middle + 1)]),
    ];
    for (const [index, damaged] of damages.entries()) {
      writeFileSync(other.path(`damaged-${index}`), damaged);
      await other.failure(["restore", other.path(`damaged-${index}`)], "invalid_backup");
    }
    await other.failure(["restore", other.path("nosuch")], "filesystem");
    expect(await other.json(["restore", file])).toMatchObject({ exit_code: 0, file });
  } finally {
    await other.remove();
  }
});
