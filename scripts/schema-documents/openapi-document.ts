// OpenAPI 3.1 of the HTTP interface, from the table of routes that the server is built from.
import { HTTP_ERRORS, type HttpErrorCode } from "@parlatory/protocol";
import {
  HTTP_ROUTES,
  HTTP_ROUTE_SCHEMAS,
  HttpErrorSchema,
  type HttpAccess,
  type HttpRoute,
  type HttpRouteId,
  type HttpRouteSchemas,
} from "@parlatory/protocol/schemas";

type DescribedRoute = HttpRoute & HttpRouteSchemas;

interface ObjectSchema {
  properties?: Record<string, object>;
  required?: readonly string[];
}

const SCOPES: Readonly<Record<HttpAccess, string>> = {
  none: "Open to everybody.",
  metrics: "Needs the metrics token, if one is set.",
  any: "Needs any valid token.",
  read: "Needs scope `read`.",
  write: "Needs scope `write`.",
  admin: "Needs scope `admin`, or the signature of the mesh's owner.",
  broker: "Needs the admin token of the broker.",
};

export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [id, entry] of Object.entries(HTTP_ROUTES) as [HttpRouteId, HttpRoute][]) {
    const route: DescribedRoute = { ...entry, ...HTTP_ROUTE_SCHEMAS[id] };
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(id, route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Parlatory mesh over HTTP",
      version,
      description:
        "Administration of meshes, shared state and memory, events. Keys are snake_case, instants ISO-8601 UTC.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "http://127.0.0.1:7900", description: "The default address of a broker" }],
    paths,
    components: {
      schemas: { Error: HttpErrorSchema },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "Admin token of the broker, or a token of one mesh" },
        owner: {
          type: "apiKey",
          in: "header",
          name: "Parl-Owner",
          description: "`<timestamp>.<hex128>`: signature of the mesh's owner over the request",
        },
      },
    },
  };
}

function operation(id: string, route: DescribedRoute): object {
  const parameters = [
    ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: { type: "string" },
    })),
    ...queryParameters(route.query as ObjectSchema | undefined),
    ...(route.headers ?? []).map((name) => ({ name, in: "header", required: false, schema: { type: "string" } })),
  ];
  return {
    operationId: id,
    summary: route.summary,
    description: `${SCOPES[route.access]} [${route.rule}]`,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.request === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: route.request } } } }),
    responses: {
      [route.status]: {
        description: "Done",
        content:
          typeof route.response === "string"
            ? { [route.response]: { schema: { type: "string" } } }
            : { "application/json": { schema: route.response } },
      },
      ...errorResponses(route),
    },
    security: security(route.access),
  };
}

function queryParameters(query: ObjectSchema | undefined): object[] {
  const required = new Set(query?.required);
  return Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.has(name),
    schema,
  }));
}

/** The errors of the route and those that its kind of access and body bring along, by status. */
function errorResponses(route: DescribedRoute): Record<string, object> {
  const isApi = route.path.startsWith("/api/");
  const codes: HttpErrorCode[] = [...route.errors, "host_not_allowed"];
  if (isApi) codes.push("unauthorized", "bad_request", "rate_limited", "storage_unavailable");
  if (isApi && route.access !== "any") codes.push("forbidden");
  if (route.path.includes("{mesh}")) codes.push("mesh_not_found");
  if (route.method !== "GET") codes.push("origin_not_allowed");
  if (isApi && route.request !== undefined) codes.push("bad_json", "payload_too_large", "unsupported_media_type");
  const byStatus = Map.groupBy(new Set(codes), (code) => HTTP_ERRORS[code].status);
  const responses = [...byStatus]
    .toSorted(([a], [b]) => a - b)
    .map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus
          .toSorted()
          .map((code) => `\`${code}\`: ${HTTP_ERRORS[code].message}`)
          .join("; "),
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    ]);
  const down = { description: "The database is down", content: { "application/json": { schema: route.response } } };
  return { ...Object.fromEntries(responses), ...(route.rule === "HTTP-6" ? { 503: down } : {}) } as Record<
    string,
    object
  >;
}

function security(access: HttpAccess): object[] {
  if (access === "none") return [];
  if (access === "metrics") return [{}, { token: [] }];
  return access === "any" || access === "broker" ? [{ token: [] }] : [{ token: [] }, { owner: [] }];
}
