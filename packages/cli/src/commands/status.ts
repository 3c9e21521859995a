import { answer, defineCommand } from "../harness/command.ts";
import { boolean, count, list, nullable, object, oneOf, string } from "../harness/json-schema.ts";
import { configErrorKinds, meshOption, urlOption } from "../mesh/command-options.ts";
import { columns } from "../output/columns.ts";

export const command = defineCommand({
  path: ["status"],
  group: "Mesh",
  summary: "tell whether the server and the joined meshes work",
  positionals: [],
  options: [
    { name: "dashboard", type: "boolean", description: "print the link of the dashboard, which holds the admin token" },
    { ...meshOption, description: "only this mesh, by slug or id (all joined ones)" },
    urlOption,
  ],
  payload: [
    {
      name: "ok",
      schema: boolean,
      presence: "always",
      description: "every mesh is reachable and lets this machine in",
    },
    {
      name: "server",
      schema: object({ state: oneOf(["running", "starting", "stopped"]), url: nullable(string), pid: nullable(count) }),
      presence: "always",
      description: "the server that `parl up` starts here",
    },
    {
      name: "meshes",
      schema: list(
        object({
          slug: string,
          broker_url: string,
          reachable: boolean,
          authenticated: boolean,
          latency_ms: nullable(count),
          waiting: nullable(object({ now: count, next: count, low: count })),
          problem: nullable(object({ kind: string, message: string })),
        }),
      ),
      presence: "always",
      description: "one row a joined mesh; `waiting`: mail for the member key",
    },
    {
      name: "dashboard_url",
      schema: string,
      presence: "optional",
      description: "link of the dashboard; a secret",
      verbatim: true,
    },
  ],
  errorKinds: [...configErrorKinds, "mesh_not_found", "ambiguous", "unauthorized", "bad_request"],
  resultExitCodes: [0, 1],
  examples: ["parl status", "parl status --dashboard", "parl status --mesh crew --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { readStatus } = await import("../mesh/read-status.ts");
    const status = await readStatus(context, args);
    return answer(
      status,
      ({ server, meshes, dashboard_url: dashboard }) => [
        server.state === "running"
          ? `Server: running on ${server.url ?? ""} (process ${server.pid ?? ""})`
          : `Server: ${server.state} on this machine`,
        ...(meshes.length === 0
          ? ["No mesh is joined. Start one with `parl up`, or join one with `parl join LINK`."]
          : columns(
              ["MESH", "STATE", "LATENCY", "MAIL", "SERVER"],
              meshes.map((mesh) => [
                mesh.slug,
                mesh.problem === null ? "ok" : `${mesh.reachable ? "refused" : "unreachable"}: ${mesh.problem.kind}`,
                mesh.latency_ms === null ? null : `${mesh.latency_ms} ms`,
                mesh.waiting === null ? null : `${mesh.waiting.now + mesh.waiting.next + mesh.waiting.low} waiting`,
                mesh.broker_url,
              ]),
            )),
        ...(dashboard === undefined ? [] : [`Dashboard: ${dashboard}`]),
      ],
      { exitCode: status.ok ? 0 : 1 },
    );
  },
});
