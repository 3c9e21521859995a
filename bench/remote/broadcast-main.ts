/** The floor of [RPERF-5]: one frame to all sockets when one of them says so, by the library alone. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
await once(server, "listening");
server.on("connection", (socket) => {
  socket.on("message", (data: Buffer) => {
    const frame = "x".repeat(Number(data.toString()));
    for (const other of server.clients) other.send(frame);
  });
});
process.once("disconnect", () => process.exit(0));
process.send?.({ port: (server.address() as AddressInfo).port });
