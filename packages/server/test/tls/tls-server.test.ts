import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startServer } from "../../src/index.ts";
import { RawClient } from "../support/raw-client.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { SteppedTime } from "../support/stepped-time.ts";
import { testCertificate } from "../support/tls/certificates.ts";

const first = testCertificate("first");
const second = testCertificate("second");
const believing = { ca: first.cert, servername: "parl.example" };
let folder: string;
let server: TestServer | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parl-tls-"));
});
afterEach(async () => {
  await server?.end();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function put({ certificatePath, key }: typeof first): { PARL_TLS_CERT: string; PARL_TLS_KEY: string } {
  const paths = { PARL_TLS_CERT: join(folder, "cert.pem"), PARL_TLS_KEY: join(folder, "key.pem") };
  copyFileSync(certificatePath, paths.PARL_TLS_CERT);
  writeFileSync(paths.PARL_TLS_KEY, key, { mode: 0o600 });
  return paths;
}

/** What a client meets that believes in this certificate and in its name. */
function exchange(
  port: number,
  ca: string,
  lines: string[],
): Promise<{ fingerprint: string; protocol: string; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      ca,
      servername: "parl.example",
      ALPNProtocols: ["h2", "http/1.1"],
    });
    let text = "";
    socket.on("error", reject);
    socket.on("secureConnect", () => socket.write(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`));
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    const shown = () => socket.getPeerX509Certificate()?.fingerprint256 ?? "";
    socket.on("secureConnect", () => socket.once("close", () => resolve({ fingerprint, protocol, text })));
    let fingerprint = "";
    let protocol = "";
    socket.on("secureConnect", () => {
      fingerprint = shown();
      protocol = String(socket.alpnProtocol);
    });
  });
}

const get = (path: string): string[] => [`GET ${path} HTTP/1.1`, "Host: localhost"];

test("[CONN-1] with a certificate HTTP and sockets of both protocols are served encrypted on the one port", async () => {
  server = await startTestServer({ env: put(first) });
  expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
  const health = await exchange(server.port, first.cert, get("/health"));
  expect(health.text).toMatch(/^HTTP\/1\.1 200 /);
  expect(health).toMatchObject({ fingerprint: first.fingerprint, protocol: "http/1.1" });
  const remote = await RawClient.open(`wss://localhost:${server.port}/remote`, believing);
  expect(await remote.next()).toMatchObject({ type: "hello", auth_version: 1 });
  await remote.close();
  const mesh = await RawClient.open(`wss://localhost:${server.port}/ws`, believing);
  mesh.send({ type: "nothing" });
  expect(await mesh.closed).toMatchObject({ code: expect.any(Number) });
});

test("[CONN-1] plain HTTP is not answered on that port", async () => {
  server = await startTestServer({ env: put(first) });
  await expect(fetch(`http://127.0.0.1:${server.port}/health`)).rejects.toThrow("fetch failed");
});

test("[CONN-1] a renewed certificate is shown to who comes next, and who is there stays", async () => {
  const time = new SteppedTime();
  server = await startTestServer({ env: put(first), time });
  // The server looks at its files every minute, and closes a socket that waits for half of one.
  await time.leap(59_000);
  const there = await RawClient.open(`wss://localhost:${server.port}/remote`, believing);
  await there.next("hello");
  put(second);
  await time.leap(1_000);
  expect((await exchange(server.port, second.cert, get("/health"))).fingerprint).toBe(second.fingerprint);
  there.send({ type: "ping" });
  expect(await there.next()).toMatchObject({ type: "pong" });
  await there.close();
});

test("[CONN-1] listening beyond loopback is warned about without a certificate, and not with one", async () => {
  const warned = (of: TestServer): unknown[] => of.log.filter(({ msg }) => String(msg).includes("without TLS"));
  server = await startTestServer({ env: { ...put(first), PARL_HOST: "0.0.0.0" } });
  expect(warned(server)).toEqual([]);
  expect(existsSync(join(server.home, "certificate-fingerprint"))).toBe(true);
  server = await server.restart({ PARL_TLS_CERT: "", PARL_TLS_KEY: "" });
  expect(warned(server)).toHaveLength(1);
  expect(existsSync(join(server.home, "certificate-fingerprint"))).toBe(false);
});

test("[CONN-1] an expired certificate is served with a warning", async () => {
  server = await startTestServer({ env: put(testCertificate("expired")) });
  expect(server.log).toContainEqual(
    expect.objectContaining({ level: "warn", msg: "the certificate has expired: 2020-01-02T00:00:00.000Z" }),
  );
});

test("[CONN-1] a certificate that cannot be served stops the start, by the name of its setting", async () => {
  const env = { ...put(first), PARL_HOME: folder, PARL_PORT: "0" };
  writeFileSync(env.PARL_TLS_KEY, second.key);
  await expect(startServer({ env, writeLog: () => undefined })).rejects.toMatchObject({
    name: "ConfigError",
    setting: "PARL_TLS_KEY",
    message: `PARL_TLS_KEY must be the key of the certificate: that in ${env.PARL_TLS_KEY} is another one's`,
  });
});
