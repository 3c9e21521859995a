import { ConfigError, type Environment } from "./config.ts";
import { expandHome, readSettingsFile } from "./settings-file.ts";
import type { TlsPaths } from "./tls/read-certificate.ts";

export interface TlsConfig extends TlsPaths {
  /** What each of the two is called where it was given, for errors. */
  readonly names: { readonly certificate: string; readonly key: string };
}

const CERTIFICATE = "tls.cert";
const KEY = "tls.key";
const SETTINGS: ReadonlySet<string> = new Set([CERTIFICATE, KEY]);

/** `PARL_TLS_CERT` and `PARL_TLS_KEY`, or `tls` in `server.json`; undefined without ([CONN-1]). Raises ConfigError. */
export function readTlsConfig(env: Environment, home: string, userHome: string): TlsConfig | undefined {
  const given = readSettingsFile(env, home, SETTINGS);
  const path = (setting: string): { path: string; name: string } | undefined => {
    const found = given(setting);
    if (found === undefined) return undefined;
    const expanded = expandHome(found.value, userHome);
    if (expanded === undefined) throw new ConfigError(found.name, "must be an absolute path");
    return { path: expanded, name: found.name };
  };
  const certificate = path(CERTIFICATE);
  const key = path(KEY);
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined) throw new ConfigError("PARL_TLS_CERT", `must be given too: ${key?.name} is`);
  if (key === undefined) throw new ConfigError("PARL_TLS_KEY", `must be given too: ${certificate.name} is`);
  return {
    certificatePath: certificate.path,
    keyPath: key.path,
    names: { certificate: certificate.name, key: key.name },
  };
}
