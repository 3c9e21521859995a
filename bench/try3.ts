import { BrokerProcess } from "./mesh/broker-process.ts";
import { connect, measureThroughput } from "./mesh/measure.ts";
const broker = await BrokerProcess.start();
const mesh = await broker.seed("bench", 2, 200);
const cs = []; for (let i = 0; i < 50; i++) cs.push(await connect(mesh, i % 2));
const show = async (t) => { const { memory: m, rssBytes } = await broker.vitals(); console.log(t, Math.round(rssBytes/1e6), 'heapTotal', Math.round(m.heapTotal/1e6), 'used', Math.round(m.heapUsed/1e6), 'ext', Math.round(m.external/1e6), 'ab', Math.round(m.arrayBuffers/1e6)); };
await show('start');
for (let i = 0; i < 50; i += 2) { await measureThroughput(cs[i], cs[i+1], 4000); if (i % 10 === 0) await show(i); }
await new Promise(r => setTimeout(r, 5000)); await show('5s');
await broker.stop('kill');
process.exit(0);
