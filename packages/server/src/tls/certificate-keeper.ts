/**
 * The certificate that the listener shows, and its renewal: the files are looked at every minute, and new ones that can be
 * served take the place of the old without a restart; those that cannot are told to the log and change nothing. Beside it
 * `PARL_HOME/certificate-fingerprint` says which certificate is shown, so that commands of this home know their own server
 * under whatever address they reach it. It must not know what is served.
 *
 * Life: opened (read once, or refused) → watching → closed.
 */
import { statSync } from "node:fs";
import type { Clock, Log, Scheduler } from "../ports.ts";
import { removeFingerprint, writeFingerprint } from "./fingerprint-file.ts";
import { readCertificate, type Certificate, type TlsPaths } from "./read-certificate.ts";

export interface CertificateKeeperOptions {
  readonly paths: TlsPaths;
  /** `PARL_HOME` */
  readonly home: string;
  readonly userId: number | undefined;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

/** What shows the certificate: a listener of node:https. */
export interface CertificateHolder {
  setSecureContext(certificate: { readonly cert: string; readonly key: string }): void;
}

const LOOK_MS = 60_000;

export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  #current: Certificate;
  /** Of the files that were read last, whether or not they could be served. */
  #signature: string;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  /** Raises CertificateError, or what writing into the home raises. */
  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    const { paths, clock, userId } = options;
    this.#signature = signatureOf(paths);
    this.#current = readCertificate(paths, clock.now(), userId);
    this.#take(this.#current);
  }

  get current(): Pick<Certificate, "cert" | "key" | "fingerprint"> {
    return this.#current;
  }

  /** From now on `holder` shows what the files hold. */
  watch(holder: CertificateHolder): void {
    this.#cancel = this.#options.scheduler.after(LOOK_MS, () => this.#look(holder));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    removeFingerprint(this.#options.home);
  }

  #look(holder: CertificateHolder): void {
    if (this.#isClosed) return;
    const { paths, clock, userId, log } = this.#options;
    try {
      const signature = signatureOf(paths);
      if (signature !== this.#signature) {
        this.#signature = signature;
        const certificate = readCertificate(paths, clock.now(), userId);
        const before = this.#current.fingerprint;
        // First the fingerprint: a command compares with what it found before connecting and with what it finds after.
        this.#take(certificate);
        holder.setSecureContext(certificate);
        log.info("the certificate was read again", { before, now: certificate.fingerprint });
      }
    } catch (error) {
      log.warn("the certificate changed and cannot be served; the one before still is", { error });
    }
    this.watch(holder);
  }

  #take(certificate: Certificate): void {
    writeFingerprint(this.#options.home, certificate.fingerprint);
    this.#current = certificate;
    for (const warning of certificate.warnings) this.#options.log.warn(warning);
  }
}

/**
 * What of the two files changes with their content. Links are followed: clients of certificate authorities renew by changing
 * one.
 */
function signatureOf({ certificatePath, keyPath }: TlsPaths): string {
  return [certificatePath, keyPath].map(toSignature).join(" ");
}

function toSignature(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [ino, size, mtimeMs, ctimeMs].join();
  } catch {
    // Reading it says why.
    return "none";
  }
}
