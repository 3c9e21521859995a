import type { MeshId } from "@parlatory/protocol";
import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import { batchOf, messageRow } from "../../support/store-rows.ts";

// Commits batches until it is killed, and says after each which position it has reached.
const [path = "", meshId, first] = process.argv.slice(2);
const store = await openSqliteStore({ path, durability: "strict" });
for (let seq = Number(first); ; seq += 5) {
  const messages = [0, 1, 2, 3, 4].map((offset) =>
    messageRow(meshId as MeshId, seq + offset, {
      id: `message-${seq + offset}` as ReturnType<typeof messageRow>["id"],
      ciphertext: btoa(`text ${seq + offset}`),
    }),
  );
  await store.commit(batchOf({ messages }));
  process.stdout.write(`${seq + 4}\n`);
}
