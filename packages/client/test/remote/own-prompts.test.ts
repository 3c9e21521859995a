import { expect, test } from "vitest";
import { REMOTE_LIMITS, truncateMiddle } from "@parlatory/protocol/remote";
import { OwnPrompts } from "../../src/remote/prompts/own-prompts.ts";
import {
  OTHER_SESSION,
  SESSION,
  caughtUp,
  eventOf,
  history,
  item,
  openRemote,
  promptAck,
  response,
  settled,
} from "./support/remote-fixture.ts";

const PROMPT = "0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01";
const OTHER = "0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b02";
const own = (promptId: string, text: string, sessionId = SESSION) => ({ promptId, sessionId, text, writtenAt: 1 });

function shown(...prompts: ReturnType<typeof own>[]): OwnPrompts {
  const all = new OwnPrompts();
  for (const prompt of prompts) all.show(prompt);
  return all;
}
const idsOf = (prompts: OwnPrompts, sessionId = SESSION): string[] =>
  prompts.of(sessionId).map(({ promptId }) => promptId);

test("[CLIENT-8] the message with the same prompt_id replaces it, whatever its text", () => {
  const prompts = shown(own(PROMPT, "hello"), own(OTHER, "hello"));
  const replaced = prompts.replaceBy(SESSION, [item(1, { text: "hello, with attachments", prompt_id: OTHER })]);

  expect(replaced.map(({ promptId }) => promptId)).toEqual([OTHER]);
  expect(idsOf(prompts)).toEqual([PROMPT]);
});

test("[CLIENT-8] a message with another prompt_id does not, though its text is the same", () => {
  const prompts = shown(own(PROMPT, "hello"));
  expect(prompts.replaceBy(SESSION, [item(1, { text: "hello", prompt_id: OTHER })])).toEqual([]);
  expect(idsOf(prompts)).toEqual([PROMPT]);
});

test("[CLIENT-8] where prompt_id is absent the text decides, each message for one prompt, the oldest first", () => {
  const prompts = shown(own(PROMPT, "hello"), own(OTHER, "hello"), own(OTHER, "hello", OTHER_SESSION));
  prompts.replaceBy(SESSION, [item(1, { text: "hello" }), item(2, { text: "hello" })]);

  expect(idsOf(prompts)).toEqual([OTHER]);
  expect(idsOf(prompts, OTHER_SESSION)).toEqual([OTHER]);
  prompts.replaceBy(SESSION, [item(3, { text: "hello", kind: "tool_result" }), item(5, { text: "hello!" })]);
  expect(idsOf(prompts)).toEqual([OTHER]);
});

test("[CLIENT-8] a text that was cut on its way is known again", () => {
  const text = "x".repeat(30_000);
  const prompts = shown(own(PROMPT, text));
  const cut = truncateMiddle(text, REMOTE_LIMITS.messageTextBytes);
  prompts.replaceBy(SESSION, [item(1, { text: cut, truncated: true })]);
  expect(idsOf(prompts)).toEqual([]);
});

test("[CLIENT-8] an own prompt is there at once, and gives way to its message", async () => {
  const fixture = await openRemote();
  const { client } = fixture;
  const follow = client.follow(SESSION);
  const handle = client.prompt({ text: "hello", sessionId: SESSION });
  expect(client.ownPrompts(SESSION)).toMatchObject([{ promptId: handle.promptId, text: "hello" }]);

  const connection = await caughtUp(fixture);
  const asked = await connection.nextOf("subscribe");
  connection.send(history([], { correlation_id: String(asked["correlation_id"]) }));
  connection.send(promptAck(await connection.nextOf("prompt")));
  await handle.accepted;
  expect(client.ownPrompts(SESSION)).toHaveLength(1);
  connection.send(history([item(1, { text: "hello", prompt_id: handle.promptId })], { live: true }));
  await settled(client, connection);
  expect(client.ownPrompts(SESSION)).toEqual([]);
  expect(follow.view.messages).toHaveLength(1);
});

test("[CLIENT-8] a refused prompt is not shown any more, and one whose answer came without its message neither", async () => {
  const fixture = await openRemote();
  const { client } = fixture;
  const connection = await caughtUp(fixture);
  const refused = client.prompt({ text: "hello", sessionId: SESSION });
  const prompt = await connection.nextOf("prompt");
  connection.send({
    type: "error",
    code: "not_found",
    message: "no",
    retryable: false,
    correlation_id: prompt["correlation_id"],
  });
  await refused.accepted.catch(() => undefined);
  expect(client.ownPrompts(SESSION)).toEqual([]);

  const answered = client.prompt({ text: "hello", sessionId: SESSION });
  await connection.nextOf("prompt");
  const told = eventOf(client, "answer");
  connection.send(response(answered.promptId));
  await told;
  expect(client.ownPrompts(SESSION)).toEqual([]);
});
