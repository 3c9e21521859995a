/**
 * Stands in front of a server as one whose web app can be updated: from `update` on it serves another build, which is the same
 * app under another version, with a mark in its document. It must not know what the app does.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";

export interface UpdatedApp {
  readonly origin: string;
  /** Serves the new build from now on, and ends the sockets, as a server does that is started anew. */
  update(): void;
  close(): Promise<void>;
}

/** In the document of the new build. */
const newBuildMark = '<meta name="build" content="the new one">';

export async function startUpdatedApp(serverUrl: string): Promise<UpdatedApp> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let isUpdated = false;

  const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
    const headers = { ...incoming.headers };
    // What is changed on the way must be readable here.
    delete headers["accept-encoding"];
    const outgoing = request(
      { hostname, port, method: incoming.method, path: incoming.url, headers },
      (given) => void pass(given, response, isUpdated ? incoming.url : undefined),
    );
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer(answer);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  });
  server.on("upgrade", (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
    for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
      lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`);
    }
    upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
    upstream.on("close", () => socket.destroy()).on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the front has no port");
  const endAll = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    origin: `http://127.0.0.1:${address.port}`,
    update() {
      isUpdated = true;
      endAll();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        endAll();
      }),
  };
}

/** `changed`: the address, when its answer is to be that of the new build. */
async function pass(given: IncomingMessage, response: ServerResponse, changed: string | undefined): Promise<void> {
  const isDocument = String(given.headers["content-type"]).startsWith("text/html");
  if (changed === undefined || (changed !== "/sw.js" && !isDocument)) {
    response.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(response);
    return;
  }
  const parts: Buffer[] = [];
  for await (const part of given) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  const body = isDocument
    ? text.replace("<head>", `<head>${newBuildMark}`)
    : text.replace(/version:([`"'])[0-9a-f]+\1/, 'version:"the-new-one"');
  if (body === text) throw new Error(`the build has another form: ${changed}`);
  const headers = { ...given.headers };
  for (const name of ["content-length", "etag", "last-modified"]) delete headers[name];
  response.writeHead(given.statusCode ?? 502, headers);
  response.end(body);
}
