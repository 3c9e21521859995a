/**
 * How commands reach servers. That of their own PARL_HOME is known by the certificate it shows, whose fingerprint it keeps
 * there: the names in a certificate are those that others use, and on this machine the server is reached as 127.0.0.1. Every
 * other server is judged by the system's authorities. What is written in PARL_HOME only this user and the server can write.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HttpPort, Platform } from "@parlatory/client";
import { createNodeHttp, createNodePlatform } from "@parlatory/client/node";

interface Home {
  readonly home: string;
}

export function homeHttp({ home }: Home): HttpPort {
  return createNodeHttp({ ownCertificates: () => readFingerprints(home) });
}

export function homePlatform({ home }: Home): Platform {
  return createNodePlatform({ ownCertificates: () => readFingerprints(home) });
}

/** None where the server has no certificate, or there is no server. */
function readFingerprints(home: string): string[] {
  try {
    const fingerprint = readFileSync(join(home, "certificate-fingerprint"), "utf8").trim();
    return fingerprint === "" ? [] : [fingerprint];
  } catch {
    return [];
  }
}
