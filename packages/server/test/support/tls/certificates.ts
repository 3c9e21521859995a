/** Self-signed certificates for `parl.example`, made for tests only: two valid until 2120, one that expired in 2020. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { X509Certificate } from "node:crypto";

export type TestCertificateName = "first" | "second" | "expired";

export interface TestCertificate {
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly cert: string;
  readonly key: string;
  readonly fingerprint: string;
}

export function testCertificate(name: TestCertificateName): TestCertificate {
  const certificatePath = fileURLToPath(new URL(`${name}.cert.pem`, import.meta.url));
  const keyPath = fileURLToPath(new URL(`${name}.key.pem`, import.meta.url));
  const cert = readFileSync(certificatePath, "utf8");
  return {
    certificatePath,
    keyPath,
    cert,
    key: readFileSync(keyPath, "utf8"),
    fingerprint: new X509Certificate(cert).fingerprint256,
  };
}
