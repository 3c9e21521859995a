/**
 * Encrypted connections to servers of which some show a certificate of the caller's own: one that no authority signed, or that
 * names another address than loopback. Such a certificate is known by its fingerprint, which tells more than any authority
 * can: whoever shows it has its key. Every other one is judged as always, name and all. Nothing is written before that.
 */
import type { ClientRequestArgs } from "node:http";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";

/** SHA-256 fingerprints (`AB:CD:…`) of the caller's own certificates; asked for at every connection, because they change. */
export type OwnCertificates = () => readonly string[];

/** For `createConnection` of a request; undefined when there is nothing to know a server by. */
export function tlsConnector(
  ownCertificates: OwnCertificates | undefined,
): ((args: ClientRequestArgs, done: (error: Error | null, socket: Duplex) => void) => undefined) | undefined {
  const before = ownCertificates?.() ?? [];
  if (ownCertificates === undefined || before.length === 0) return undefined;
  return ({ host, port }, done) => {
    const name = host ?? "localhost";
    const socket = connect({
      host: name,
      port: Number(port),
      servername: isIP(name) === 0 ? name : "",
      ALPNProtocols: ["http/1.1"],
      // The judgement is below, not left out: this only keeps the socket until the fingerprint was compared.
      rejectUnauthorized: false,
    });
    const fail = (error: Error): void => {
      socket.destroy();
      // The type wants a socket where there is none.
      done(error, socket);
    };
    // A request that is given up has no hold on a socket that it was not handed yet.
    socket.setTimeout(HANDSHAKE_MS, () => socket.destroy(new Error("the TLS handshake took too long")));
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      socket.off("error", fail);
      socket.setTimeout(0);
      const shown = socket.getPeerX509Certificate()?.fingerprint256 ?? "";
      // The server may have changed its certificate meanwhile, and says so before it shows the new one.
      const isOwn = shown !== "" && [...before, ...ownCertificates()].includes(shown);
      if (socket.authorized || isOwn) done(null, socket);
      else fail(toError(socket));
    });
    return undefined;
  };
}

const HANDSHAKE_MS = 15_000;

/** As Node itself would have failed, which keeps a code for programs. */
function toError(socket: TLSSocket): Error {
  const reason: unknown = socket.authorizationError;
  const code = reason instanceof Error ? ((reason as NodeJS.ErrnoException).code ?? reason.message) : String(reason);
  return Object.assign(new Error(`the certificate of the server is not trusted: ${code}`), { code });
}
