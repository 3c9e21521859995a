import { answer, defineCommand, type PayloadField } from "../harness/command.ts";
import { boolean, count, oneOf, string } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";

const inputs: readonly PayloadField[] = [
  { name: "to", schema: string, presence: "always", description: "the target as given", input: "to" },
  { name: "mesh", schema: string, presence: "optional", description: "slug of the mesh" },
];
const outcome = (words: readonly string[]): PayloadField => ({
  name: "outcome",
  schema: oneOf(words),
  presence: "optional",
  description:
    "`delivered`: every recipient has seen it; `queued`: accepted, not seen by all; `rejected`: it will not arrive",
});
const details: readonly PayloadField[] = [
  { name: "reason", schema: string, presence: "optional", description: "why it is queued or rejected" },
  { name: "message_id", schema: string, presence: "optional", description: "id of the message, for `parl explain`" },
  { name: "recipients", schema: count, presence: "optional", description: "how many deliveries there are" },
  { name: "surfaced", schema: count, presence: "optional", description: "how many of them were seen" },
];

export const command = defineCommand({
  path: ["send"],
  group: "Mesh",
  summary: "send a message to a peer, a group or everybody",
  positionals: [
    { name: "to", description: "name, key, key prefix of 8 hex, `@group` or `*`; `SLUG:` before it names the mesh" },
    { name: "text", stdin: true, description: "the message; `-` reads it from stdin" },
  ],
  options: [
    {
      name: "priority",
      type: "choice",
      choices: ["now", "next", "low"],
      default: "next",
      description: "`now` interrupts, `next` waits for idle, `low` waits to be fetched",
    },
    { name: "reply-to", type: "string", placeholder: "ID", description: "id of the message this answers" },
    {
      name: "include-offline",
      type: "boolean",
      description: "groups and `*`: leave it for members who are offline too",
    },
    {
      name: "wait",
      type: "number",
      min: 0,
      max: 3_600,
      default: 2,
      placeholder: "S",
      description: "seconds to wait for it to be seen",
    },
    meshOption,
  ],
  payload: [
    ...inputs,
    { ...outcome(["delivered", "queued"]), presence: "always" },
    ...details,
    {
      name: "encrypted",
      schema: boolean,
      presence: "optional",
      description: "false for a group message some recipient cannot decrypt; absent while unconfirmed",
    },
  ],
  branches: [
    {
      outcome: "error",
      fields: [inputs[0] as PayloadField, { ...(inputs[1] as PayloadField) }, outcome(["rejected"]), ...details],
    },
  ],
  errorKinds: [
    ...new Set([
      ...controlErrorKinds,
      "unknown_recipient",
      "self_recipient",
      "channel_unsupported",
      "bad_target",
      "empty_group",
      "bad_priority",
      "too_large",
      "mailbox_full",
      "id_conflict",
      "plaintext_forbidden",
      "recipients_lack_encryption",
      "undeliverable",
      "invalid_input",
    ] as const),
  ],
  examples: [
    "parl send Alice 'the build is green'",
    "git diff | parl send @reviewers - --wait 30",
    "parl send '*' 'stop' --priority now",
  ],
  stdout: "envelope",
  run: async (context, args) => {
    const { sendMessage } = await import("../mesh/send-message.ts");
    const { describeSend } = await import("../mesh/describe-send.ts");
    return answer(await sendMessage(context, args), describeSend);
  },
});
