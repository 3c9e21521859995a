import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import { delivery, leaseRow, outcomeOf, promptRow } from "../../support/remote-rows.ts";

// Takes prompts through their whole life until it is killed, and says after each step what was acknowledged.
const [path = "", sessionId = "", clientSessionId = "", first] = process.argv.slice(2);
const store = await openSqliteStore({ path, durability: "strict" });
const say = (line: string) => process.stdout.write(`${line}\n`);
for (let n = Number(first); ; n++) {
  const promptId = `prompt-${n}`;
  const lease = leaseRow(sessionId, { runId: `run-${n}` });
  const prompt = promptRow(sessionId, { promptId, clientSessionId, requestJson: JSON.stringify({ text: promptId }) });
  await store.acceptPrompt({ prompt, lease, now: 0 });
  say(`accepted ${n}`);
  await store.movePrompt({ promptId, from: ["accepted"], to: "handed" });
  say(`handed ${n}`);
  await store.finishPrompt(
    outcomeOf(promptId, {
      releaseRunId: lease.runId,
      delivery: delivery(clientSessionId, { messageId: `message-${n}` }),
      outcomeJson: JSON.stringify({ text: promptId }),
    }),
  );
  say(`finished ${n}`);
}
