import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigError, parseConfig, toLimits } from "../src/config.ts";
import { prepareHome } from "../src/home.ts";

const HOME = "/home/somebody";
const folder = mkdtempSync(join(tmpdir(), "parlatory-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function refusalOf(env: Record<string, string>): ConfigError {
  try {
    parseConfig(env, HOME);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(env)} was accepted`);
}

describe("settings", () => {
  test("[WS-1] [WS-9] without any setting: loopback, port 7900, SQLite in ~/.parlatory, info", () => {
    expect(parseConfig({}, HOME)).toMatchObject({
      host: "127.0.0.1",
      port: 7900,
      home: join(HOME, ".parlatory"),
      database: { kind: "sqlite", path: join(HOME, ".parlatory", "parl.db") },
      logLevel: "info",
      durability: "strict",
      publicUrl: undefined,
      natsUrl: undefined,
    });
  });

  test("[WS-9] sqlite:, postgres:// and postgresql:// are taken, anything else names the setting", () => {
    expect(parseConfig({ PARL_DATABASE_URL: "sqlite:/data/mesh.db" }, HOME).database).toEqual({
      kind: "sqlite",
      path: "/data/mesh.db",
    });
    for (const url of ["postgres://u:secret@db/parl", "postgresql://db/parl"]) {
      expect(parseConfig({ PARL_DATABASE_URL: url }, HOME).database).toEqual({ kind: "postgres", url });
    }
    for (const url of ["mysql://db", "sqlite:", "/data/mesh.db", "postgres://u:secret@[bad"]) {
      expect(refusalOf({ PARL_DATABASE_URL: url })).toMatchObject({ setting: "PARL_DATABASE_URL" });
    }
  });

  test("[WS-1] an error names the setting and what it must be, never its value", () => {
    const secrets = {
      PARL_DATABASE_URL: "mysql://u:hunter2@db",
      PARL_PORT: "hunter2",
      PARL_LOG_LEVEL: "hunter2",
      PARL_PUBLIC_URL: "hunter2",
      PARL_ALLOWED_ORIGINS: "hunter2",
    };
    for (const [setting, value] of Object.entries(secrets)) {
      const refused = refusalOf({ [setting]: value });
      expect(refused.setting).toBe(setting);
      expect(refused.message).toContain(setting);
      expect(refused.message).not.toContain("hunter2");
    }
  });

  test.for([
    ["PARL_PORT", "65536"],
    ["PARL_PORT", "-1"],
    ["PARL_PORT", "7900.5"],
    ["PARL_PORT", "0x10"],
    ["PARL_HELLO_TIMEOUT_MS", "0"],
    ["PARL_SWEEP_MS", "1e3"],
    ["PARL_PING_INTERVAL_MS", "2147483648"],
    ["PARL_MAX_FRAME_BYTES", "10"],
    ["PARL_MAX_OFFERS", "0"],
    ["PARL_DURABILITY", "sometimes"],
    ["PARL_LOG_LEVEL", "trace"],
  ] as const)("[WS-1] %s=%s is refused", ([setting, value]) => {
    expect(refusalOf({ [setting]: value }).setting).toBe(setting);
  });

  test("[WS-1] an empty setting equals an absent one", () => {
    expect(parseConfig({ PARL_PORT: "", PARL_HOST: " ", PARL_DATABASE_URL: "", PARL_METRICS_TOKEN: "" }, HOME)).toEqual(
      parseConfig({}, HOME),
    );
  });

  test("[HTTP-3] lists are split at commas, in lower case; an origin with a path is refused", () => {
    const config = parseConfig(
      { PARL_ALLOWED_HOSTS: "A.example, b.example,", PARL_ALLOWED_ORIGINS: "https://A.example:8443" },
      HOME,
    );
    expect(config.allowedHosts).toEqual(["a.example", "b.example"]);
    expect(config.allowedOrigins).toEqual(["https://a.example:8443"]);
    expect(refusalOf({ PARL_ALLOWED_ORIGINS: "https://a.example/path" }).setting).toBe("PARL_ALLOWED_ORIGINS");
  });

  test("[CLU-1] PARL_NATS_URL with SQLite is refused", () => {
    expect(refusalOf({ PARL_NATS_URL: "nats://127.0.0.1:4222" }).setting).toBe("PARL_NATS_URL");
  });

  test("[LIM-1] every limit of section 18 that has a variable can be moved by it", () => {
    const moved: Record<string, string> = {
      PARL_MAX_FRAME_BYTES: "2001",
      PARL_MAX_MESSAGE_BYTES: "2002",
      PARL_MAX_BODY_BYTES: "2003",
      PARL_HELLO_TIMEOUT_MS: "2004",
      PARL_PING_INTERVAL_MS: "2005",
      PARL_DEAD_AFTER_MS: "2006",
      PARL_LEASE_MS: "2007",
      PARL_SWEEP_MS: "2008",
      PARL_ACK_TIMEOUT_MS: "2009",
      PARL_MAX_OFFERS: "2010",
      PARL_LEGACY_SETTLE_MS: "2011",
      PARL_OFFER_WINDOW: "2012",
      PARL_MAILBOX_MAX: "2013",
      PARL_TTL_MS: "2014",
      PARL_TTL_NOW_MS: "2015",
      PARL_LEDGER_MS: "2016",
      PARL_SESSION_MEMORY_MS: "2017",
      PARL_MAX_CONNECTIONS: "2018",
      PARL_MAX_OUTBUF_BYTES: "2019",
      PARL_HOOK_RATE_PER_MIN: "2020",
    };
    const limits = Object.values(toLimits(parseConfig(moved, HOME)));
    for (const value of Object.values(moved)) expect(limits).toContain(Number(value));
  });

  test("[WS-1] the configuration cannot be changed afterwards", () => {
    const config = parseConfig({}, HOME);
    expect(Object.isFrozen(config) && Object.isFrozen(config.database) && Object.isFrozen(config.allowedHosts)).toBe(
      true,
    );
  });
});

describe("the home", () => {
  let next = 1;
  const randomBytes = (count: number): Uint8Array => new Uint8Array(count).fill(next++);

  test("[WS-9] [HTTP-4] the first start makes the folder 0700 and a token file 0600, the second reads it back", () => {
    const path = join(folder, "deep", "home");
    const first = prepareHome(path, randomBytes);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(first.adminTokenPath).mode & 0o777).toBe(0o600);
    expect(first.adminToken).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(readFileSync(first.adminTokenPath, "utf8")).toBe(`${first.adminToken}\n`);
    expect(prepareHome(path, randomBytes)).toEqual(first);
  });

  test("[HTTP-4] a damaged token file is not replaced behind the user's back, and not shown", () => {
    const path = join(folder, "damaged");
    const { adminTokenPath } = prepareHome(path, randomBytes);
    writeFileSync(adminTokenPath, "hunter2");
    expect(() => prepareHome(path, randomBytes)).toThrow(ConfigError);
    expect(() => prepareHome(path, randomBytes)).not.toThrow("hunter2");
  });

  test("[WS-9] a home that cannot be made names the setting", () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    expect(() => prepareHome(join(file, "home"), randomBytes)).toThrow(/PARL_HOME/);
  });
});
