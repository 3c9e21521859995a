import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkRemote } from "../../src/doctor/check-remote.ts";
import { absolutePath } from "../../src/remote/absolute-path.ts";
import { isLoopback } from "../../src/remote/pair-device.ts";
import { readRemoteKey } from "../../src/remote/remote-key.ts";
import { renderPairing } from "../../src/remote/render-pairing.ts";
import { createStyle } from "../../src/output/style.ts";

const home = mkdtempSync(join(tmpdir(), "parl-remote-key-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test.each([
  [".", "/home/anna/shop"],
  ["", "/home/anna/shop"],
  ["sub/../other", "/home/anna/shop/other"],
  ["../shop", "/home/anna/shop"],
  ["/srv/shop/", "/srv/shop"],
  ["~", "~"],
  ["~/shop", "~/shop"],
  ["~shop", "/home/anna/shop/~shop"],
])("[NAME-7] %j is sent as %j", (given, sent) => {
  expect(absolutePath("/home/anna/shop", given)).toBe(sent);
});

test("[AUTH-2] the key is the one line of the file, and none where there is no file", async () => {
  expect(await readRemoteKey(home)).toBeUndefined();
  expect(await readRemoteKey("/dev/null/parl")).toBeUndefined();
  writeFileSync(join(home, "remote-key"), "k".repeat(43) + "\n", { mode: 0o600 });
  expect(await readRemoteKey(home)).toBe("k".repeat(43));
});

test("[AUTH-2] a key that cannot be read is an error that names the file and not the key", async () => {
  const broken = join(home, "broken");
  mkdirSync(join(broken, "remote-key"), { recursive: true });
  await expect(readRemoteKey(broken)).rejects.toMatchObject({
    kind: "filesystem",
    message: expect.stringContaining("remote-key") as string,
  });
});

const running = (url: string) => ({ name: "running", info: { pid: 1, url, startedAt: "", logPath: null } }) as const;

test.each([
  ["http://127.0.0.1:7900", "ok"],
  ["http://[::1]:7900", "ok"],
  ["https://0.0.0.0:7900", "ok"],
  ["http://0.0.0.0:7900", "warn"],
  ["http://192.0.2.7:7900", "warn"],
])("[CONN-1] doctor says of a server on %s: %s", async (url, status) => {
  const [check] = await checkRemote("/nonexistent", running(url));
  expect(check).toMatchObject({ name: "remote", status });
});

test("[AUTH-2] doctor fails for a key that others can read, and says nothing without a server or a key", async () => {
  expect(await checkRemote("/nonexistent", { name: "stopped" })).toEqual([]);
  const loose = join(home, "loose");
  mkdirSync(loose);
  writeFileSync(join(loose, "remote-key"), "k\n", { mode: 0o644 });
  const [check] = await checkRemote(loose, { name: "stopped" });
  expect(check).toMatchObject({
    name: "remote key",
    status: "fail",
    hint: expect.stringContaining("chmod 600") as string,
  });
});

test.each([
  ["http://localhost:7900", true],
  ["http://127.1.2.3", true],
  ["http://[::1]:1", true],
  ["https://parl.example", false],
  ["http://192.0.2.7:7900", false],
])("[AUTH-6] only this machine reaches %s: %s", (origin, expected) => {
  expect(isLoopback(origin)).toBe(expected);
});

test("[AUTH-6] a pairing is printed as a picture, a code and a link, and says when only this machine reaches it", () => {
  const pairing = {
    code: "7K2M-Q9XT",
    link: "http://127.0.0.1:7900/pair#7K2M-Q9XT",
    expires_at: "2026-03-01T09:10:00.000Z",
  };
  const lines = renderPairing({ ...pairing, loopback_only: true }, createStyle(false));
  expect(lines[0]).toMatch(/^[█▀▄ ]{20,}$/u);
  expect(lines).toContain("Code: 7K2M-Q9XT");
  expect(lines).toContain("Link: http://127.0.0.1:7900/pair#7K2M-Q9XT");
  expect(lines.join("\n")).toContain("Only this machine reaches that address.");
  expect(renderPairing({ ...pairing, loopback_only: false }, createStyle(false)).join("\n")).not.toContain(
    "Only this machine",
  );
});
