import { connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a client and a server, so that a test can take the network away. */
export interface TcpProxy {
  readonly port: number;
  /** Ends all connections at once; new ones are refused until `restore`. */
  cut(): void;
  /** Lets nothing through any more, in either direction, without ending anything. */
  hang(): void;
  /** Answers of the server are lost: what the client sends still arrives. */
  swallowAnswers(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  let mode: "up" | "cut" | "hang" | "swallow" = "up";
  const pairs = new Set<{ client: Socket; server: Socket }>();

  const listener: Server = createServer((client) => {
    if (mode === "cut") {
      client.destroy();
      return;
    }
    const server = connect(target);
    const pair = { client, server };
    pairs.add(pair);
    const end = () => {
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    for (const socket of [client, server]) socket.on("error", end).on("close", end);
    // What hangs is dropped: a test cuts before it restores, so no half of a conversation goes on.
    client.on("data", (chunk) => (mode === "hang" ? undefined : server.write(chunk)));
    server.on("data", (chunk) => (mode === "up" ? client.write(chunk) : undefined));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (typeof address !== "object" || address === null) throw new Error("the proxy has no port");

  function endAll(): void {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
  }

  return {
    port: address.port,
    cut() {
      mode = "cut";
      endAll();
    },
    hang() {
      mode = "hang";
    },
    swallowAnswers() {
      mode = "swallow";
    },
    restore() {
      mode = "up";
    },
    async close() {
      endAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
