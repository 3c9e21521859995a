import { answer, defineCommand, type PayloadField } from "../harness/command.ts";
import { boolean, count, nullable, object, oneOf, string, list, type JsonSchema } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";

const fields: readonly (readonly [name: string, schema: JsonSchema, description: string])[] = [
  ["id", string, "id of the message"],
  ["from_name", string, "name of the sender, as the sender gives it"],
  ["from_key", string, "key of the sender"],
  ["kind", oneOf(["direct", "group", "broadcast", "unverified"]), "what is proven about it"],
  ["unverified_reason", nullable(string), "why it is `unverified`"],
  ["encrypted", boolean, "nobody outside the mesh could read it"],
  ["signed", boolean, "its sender is proven"],
  ["target", nullable(string), "what it was sent to"],
  ["priority", string, "`now`, `next` or `low`"],
  ["reply_to", nullable(string), "id of the message it answers"],
  ["sent_at", string, "when it was sent, by the sender's clock"],
  ["text", string, "the message"],
];

const row = object(Object.fromEntries(fields.map(([name, schema]) => [name, schema])));

const eventFields: readonly PayloadField[] = [
  { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
  ...fields.map(([name, schema, description]): PayloadField => ({
    name,
    schema,
    presence: "always",
    description,
    ...(name === "text" ? { verbatim: true } : {}),
  })),
];

export const command = defineCommand({
  path: ["messages"],
  group: "Mesh",
  summary: "fetch the mail that waits for this member, or follow it",
  positionals: [],
  options: [
    {
      name: "follow",
      type: "boolean",
      description: "join as a visible peer and print messages as they come, until Ctrl-C",
    },
    {
      name: "name",
      type: "string",
      placeholder: "N",
      env: "PARL_DISPLAY_NAME",
      description: "with --follow: name of the peer (PARL_DISPLAY_NAME, else that of the member)",
    },
    {
      name: "max",
      type: "int",
      min: 1,
      max: 500,
      placeholder: "M",
      description: "at most so many messages (50); with --follow: end after them",
    },
    meshOption,
  ],
  payload: [
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    { name: "count", schema: count, presence: "always", description: "how many messages were handed over" },
    {
      name: "messages",
      schema: list(row),
      presence: "optional",
      description: "the messages, in the order of delivery; with --follow they are events",
      verbatim: ["text"],
    },
    { name: "remaining", schema: count, presence: "optional", description: "how many more wait; not with --follow" },
  ],
  events: [
    {
      type: "listening",
      description: "the peer is visible and takes messages",
      fields: [
        { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
        { name: "name", schema: string, presence: "always", description: "name of the peer" },
        { name: "key", schema: string, presence: "always", description: "session key of the peer" },
      ],
    },
    { type: "message", description: "one message; it is acknowledged once it was written", fields: eventFields },
  ],
  errorKinds: controlErrorKinds,
  examples: ["parl messages", "parl messages --max 10 --json", "parl messages --follow --name watcher --json"],
  stdout: "stream",
  streamOption: { name: "follow" },
  interrupt: "own",
  run: async (context, args) => {
    const { renderMessage } = await import("../mesh/message-row.ts");
    if (args.follow) {
      const { followMessages } = await import("../mesh/follow-messages.ts");
      const followed = await followMessages(context, args);
      return answer(followed, () => "");
    }
    const { fetchMessages } = await import("../mesh/fetch-messages.ts");
    return answer(await fetchMessages(context, args), ({ messages, remaining }) => [
      ...(messages.length === 0 ? ["No mail."] : messages.flatMap((message) => renderMessage(message, context.style))),
      ...(remaining > 0 ? [`${remaining} more wait; run the command again.`] : []),
    ]);
  },
});
