import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigError } from "../../src/config.ts";
import { readRemoteConfig } from "../../src/remote-config.ts";
import { readTlsConfig } from "../../src/tls-config.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "parl-tls-config-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const read = (env: Record<string, string>) => readTlsConfig(env, home, "/home/anna");
const write = (settings: unknown) => writeFileSync(join(home, "server.json"), JSON.stringify(settings));

test("[CONN-1] certificate and key come from the environment, else from the file; without them there is no TLS", () => {
  expect(read({})).toBeUndefined();
  expect(read({ PARL_TLS_CERT: "", PARL_TLS_KEY: " " })).toBeUndefined();
  write({ tls: { cert: "~/tls/cert.pem", key: "/etc/tls/key.pem" } });
  expect(read({ PARL_TLS_KEY: "/run/key.pem" })).toEqual({
    certificatePath: "/home/anna/tls/cert.pem",
    keyPath: "/run/key.pem",
    names: { certificate: "tls.cert in server.json", key: "PARL_TLS_KEY" },
  });
  // The same file has the settings of the remote.
  expect(readRemoteConfig({}, home, "/home/anna").maxRuns).toBe(8);
});

test("[CONN-1] one without the other, a path that is none, and a misspelt name stop the start and are named", () => {
  expect(() => read({ PARL_TLS_CERT: "/c.pem" })).toThrow(
    new ConfigError("PARL_TLS_KEY", "must be given too: PARL_TLS_CERT is"),
  );
  expect(() => read({ PARL_TLS_KEY: "/k.pem" })).toThrow(
    new ConfigError("PARL_TLS_CERT", "must be given too: PARL_TLS_KEY is"),
  );
  expect(() => read({ PARL_TLS_CERT: "c.pem", PARL_TLS_KEY: "/k.pem" })).toThrow(
    new ConfigError("PARL_TLS_CERT", "must be an absolute path"),
  );
  write({ tls: { cert: 7, key: "/k.pem" } });
  expect(() => read({})).toThrow("tls.cert in server.json must be an absolute path");
  write({ tls: { certificate: "/c.pem" } });
  expect(() => read({})).toThrow("tls.certificate in server.json is no setting; its name may be misspelt");
  write({ tls: true });
  expect(() => read({})).toThrow("tls in server.json must be an object");
});
