import { answer, defineCommand } from "../harness/command.ts";
import { boolean, count, described, list, nullable, object, string } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";

export const command = defineCommand({
  path: ["explain"],
  group: "Mesh",
  summary: "tell what became of a message, recipient by recipient",
  positionals: [{ name: "message_id", description: "id of the message, as `parl send` printed it" }],
  options: [meshOption],
  payload: [
    { name: "message_id", schema: string, presence: "always", description: "id of the message", input: "message_id" },
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    { name: "target", schema: string, presence: "always", description: "what it was sent to" },
    { name: "kind", schema: string, presence: "always", description: "`direct`, `group` or `broadcast`" },
    { name: "priority", schema: string, presence: "always", description: "`now`, `next` or `low`" },
    { name: "delivered", schema: boolean, presence: "always", description: "every recipient has seen it" },
    { name: "delivered_at", schema: nullable(string), presence: "always", description: "when the last one saw it" },
    {
      name: "recipients",
      schema: list(
        object({
          name: string,
          key: string,
          state: string,
          reason: nullable(string),
          offers: count,
          path: list(object({ state: string, at: string, reason: nullable(string) })),
          next_event: described(nullable(string), "what happens next by itself; null when nothing will"),
          advice: described(string, "what to do"),
        }),
      ),
      presence: "always",
      description: "all of them for the sender and admins, the own row for a recipient",
    },
  ],
  errorKinds: [...controlErrorKinds, "message_not_found"],
  examples: ["parl explain 0mwqdxwgstgkf1tdrbgr"],
  stdout: "envelope",
  run: async (context, args) => {
    const { explainMessage, renderExplanation } = await import("../mesh/explain-message.ts");
    return answer(await explainMessage(context, args), renderExplanation);
  },
});
