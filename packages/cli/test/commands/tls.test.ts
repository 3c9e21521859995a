/** A server with a certificate, and every way in which commands of its own home reach it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testCertificate } from "../../../server/test/support/tls/certificates.ts";
import { MeshHome, errorOf, type Envelope } from "./support/mesh-home.ts";

const { certificatePath, keyPath, fingerprint } = testCertificate("first");
const env = { PARL_TLS_CERT: certificatePath, PARL_TLS_KEY: keyPath, PARL_REMOTE_DEFAULT_AGENT: "echo" };
let home: MeshHome;

beforeEach(() => {
  home = new MeshHome();
});
afterEach(() => home.remove());

const fingerprintFile = (): string => join(home.home, "certificate-fingerprint");

test("[CONN-1] [CLI-6] [CLI-11] a server whose certificate names another host serves every command of its home", async () => {
  const started = await home.json(["up"], { env });
  const url = String(started["url"]);
  expect(started).toMatchObject({ exit_code: 0, state: "started", mesh_created: "local" });
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(readFileSync(fingerprintFile(), "utf8")).toBe(`${fingerprint}\n`);
  expect(home.config().meshes).toMatchObject([{ brokerUrl: `${url.replace("https", "wss")}/ws` }]);

  expect(await home.json(["up"], { env })).toMatchObject({ state: "already_running", url });
  expect(await home.json(["status"])).toMatchObject({ exit_code: 0, ok: true, meshes: [{ reachable: true }] });
  const checks = (await home.json(["doctor"]))["checks"] as Envelope[];
  for (const name of ["server", "remote", "broker", "message"]) {
    expect(checks).toContainEqual(expect.objectContaining({ name, status: "ok" }));
  }
  expect(await home.json(["peers"])).toMatchObject({ exit_code: 0 });
  expect(await home.json(["devices"])).toMatchObject({ exit_code: 0, devices: [] });
  expect(await home.json(["prompt", "hello"])).toMatchObject({ exit_code: 0, text: "echo: hello" });
  expect((await home.run(["direct-connect-mode", url])).stdout).toContain("active=True");
  expect((await home.json(["pair"]))["link"]).toMatch(new RegExp(`^${url}/pair#`));

  // A home that does not know the server judges it like anybody.
  const other = new MeshHome();
  try {
    const refused = await other.failure(["devices"], "server_unreachable", {
      env: { PARL_URL: url, PARL_TOKEN: "t".repeat(43) },
    });
    expect(errorOf(refused)["message"]).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
  } finally {
    await other.remove();
  }

  expect(await home.json(["down"])).toMatchObject({ exit_code: 0, state: "stopped", url });
  expect(existsSync(fingerprintFile())).toBe(false);
  // Without the certificate again: the config follows.
  const plain = String((await home.json(["up"]))["url"]);
  expect(home.config().meshes).toMatchObject([{ brokerUrl: `${plain.replace("http", "ws")}/ws` }]);
  expect(await home.json(["status"])).toMatchObject({ exit_code: 0, ok: true });
});

test("[CONN-1] [WS-1] a certificate that cannot be served stops the start, and its setting is named", async () => {
  const refused = await home.failure(["up"], "server_start_failed", {
    env: { ...env, PARL_TLS_KEY: testCertificate("second").keyPath },
  });
  expect(errorOf(refused)["message"]).toContain("PARL_TLS_KEY must be the key of the certificate");
});
