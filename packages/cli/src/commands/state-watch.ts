import { answer, defineCommand } from "../harness/command.ts";
import { boolean, count, list, string } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";
import { stateFields } from "../mesh/state-fields.ts";

export const command = defineCommand({
  path: ["state", "watch"],
  group: "Mesh",
  summary: "print changes of the shared state as they happen",
  positionals: [
    {
      name: "patterns",
      required: false,
      variadic: true,
      description: "keys, or prefixes ending in `*`; all keys without any",
    },
  ],
  options: [
    { name: "max", type: "int", min: 1, placeholder: "M", description: "end after so many changes" },
    meshOption,
  ],
  payload: [
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    { name: "count", schema: count, presence: "always", description: "how many changes were printed" },
  ],
  events: [
    {
      type: "watching",
      description: "changes from now on are printed",
      fields: [
        { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
        { name: "patterns", schema: list(string), presence: "always", description: "what is watched", verbatim: true },
      ],
    },
    {
      type: "state_change",
      description: "somebody wrote or deleted a key",
      fields: [
        ...stateFields,
        { name: "deleted", schema: boolean, presence: "always", description: "the key was deleted; its value is null" },
      ],
    },
    {
      type: "gap",
      description: "the connection was lost and is back; changes in between are not printed",
      fields: [{ name: "mesh", schema: string, presence: "always", description: "slug of the mesh" }],
    },
  ],
  errorKinds: [...controlErrorKinds, "limit_reached"],
  examples: ["parl state watch", "parl state watch 'build/*' --json"],
  stdout: "stream",
  interrupt: "own",
  run: async (context, args) => {
    const { watchState } = await import("../mesh/watch-state.ts");
    return answer(await watchState(context, args), () => "");
  },
});
