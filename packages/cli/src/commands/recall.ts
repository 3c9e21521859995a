import { answer, defineCommand } from "../harness/command.ts";
import { list, number, object, string } from "../harness/json-schema.ts";
import { controlErrorKinds, meshOption } from "../mesh/command-options.ts";
import { escapeBody, escapeText } from "../output/escape.ts";

export const command = defineCommand({
  path: ["recall"],
  group: "Mesh",
  summary: "search the memory of a mesh",
  positionals: [{ name: "query", description: 'words, "a phrase", OR, -not; with --tag it may be empty' }],
  options: [
    { name: "tag", type: "list", placeholder: "T", description: "only memories that have all of these tags" },
    { name: "limit", type: "int", min: 1, max: 100, default: 20, placeholder: "N", description: "at most so many" },
    meshOption,
  ],
  payload: [
    {
      name: "query",
      schema: string,
      presence: "always",
      description: "the query as given",
      input: "query",
      verbatim: true,
    },
    { name: "mesh", schema: string, presence: "always", description: "slug of the mesh" },
    {
      name: "memories",
      schema: list(
        object({
          id: string,
          content: string,
          tags: list(string),
          remembered_by: string,
          member_key: string,
          remembered_at: string,
          score: number,
        }),
      ),
      presence: "always",
      description: "best first",
      verbatim: true,
    },
  ],
  errorKinds: controlErrorKinds,
  examples: ["parl recall 'deploy OR release -staging'", "parl recall '' --tag deploy --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { recall } = await import("../mesh/memory.ts");
    return answer(await recall(context, args), ({ memories, mesh }) =>
      memories.length === 0
        ? `Nothing in '${mesh}' matches.`
        : memories.flatMap((memory) => [
            `${memory.id}  ${memory.remembered_at}  ${escapeText(memory.remembered_by)}  score ${memory.score}${memory.tags.length === 0 ? "" : `  [${memory.tags.map(escapeText).join(", ")}]`}`,
            ...escapeBody(memory.content)
              .split("\n")
              .map((line) => `  ${line}`),
          ]),
    );
  },
});
