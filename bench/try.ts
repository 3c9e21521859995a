import { BrokerProcess } from "/work/main/bench/mesh/broker-process.ts";
import { connect, measureLatency, measureThroughput, measureFanOut } from "/work/main/bench/mesh/measure.ts";
import { measureEcho, measureCommit } from "/work/main/bench/mesh/floors.ts";
const broker = await BrokerProcess.start();
const mesh = await broker.seed("bench", 3, 200);
const a = await connect(mesh, 0), b = await connect(mesh, 1);
console.log("x");
console.log("latency", await measureLatency(a, b, 1000));
for (let i = 0; i < 3; i++) { const v0 = await broker.vitals(); await broker.resetLoopDelay(); console.log("throughput", await measureThroughput(a, b, 40000)); const v = await broker.vitals(); console.log("cpu us/msg", (v.cpuUs - v0.cpuUs) / 40000, v); }
await b.close();
const rs = []; for (let i = 0; i < 100; i++) rs.push(await connect(mesh, 2));
for (let i = 0; i < 3; i++) { const v0 = await broker.vitals(); console.log("fanout", await measureFanOut(a, rs, 2000));  const v = await broker.vitals(); console.log("cpu us/delivery", (v.cpuUs - v0.cpuUs) / 200000, v); }
for (const r of [a, ...rs]) await r.close();
await broker.stop();
