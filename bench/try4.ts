const mb = () =>
  Math.round(process.memoryUsage.rss() / 1e6) +
  " heap " +
  Math.round(process.memoryUsage().heapUsed / 1e6) +
  " total " +
  Math.round(process.memoryUsage().heapTotal / 1e6);
console.log("bare ts", mb());
await import("../packages/protocol/src/index.ts");
console.log("protocol", mb());
await import("../packages/protocol/src/schemas.ts");
console.log("schemas", mb());
await import("../packages/server/src/gateway/gateway.ts");
console.log("gateway", mb());
await import("../packages/server/src/http/http-app.ts");
console.log("http", mb());
await import("../packages/server/src/observability/metrics.ts");
console.log("metrics", mb());
await import("../packages/server/src/store/sqlite/open-sqlite-store.ts");
console.log("sqlite", mb());
const { startServer } = await import("../packages/server/src/index.ts");
console.log("all", mb());
process.env.PARL_HOME = "/tmp/ph3";
process.env.PARL_PORT = "0";
const s = await startServer();
console.log("started", mb());
setTimeout(async () => {
  console.log("later", mb());
  await s.stop();
  process.exit(0);
}, 3000);
