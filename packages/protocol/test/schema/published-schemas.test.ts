import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import { describe, expect, test } from "vitest";
import { HTTP_ROUTES } from "../../src/codec.ts";
import {
  BROKER_FRAME_SCHEMAS,
  CLIENT_FRAME_SCHEMAS,
  REMOTE_CLIENT_MESSAGE_SCHEMAS,
  REMOTE_SERVER_MESSAGE_SCHEMAS,
} from "../../src/schemas.ts";
import { HTTP_ERRORS } from "../../src/index.ts";

const read = (name: string) => readFileSync(new URL(`../../schema/${name}`, import.meta.url), "utf8");

interface Operation {
  operationId: string;
  responses: Record<string, unknown>;
  parameters?: { name: string; in: string; required: boolean }[];
}

describe("asyncapi.json", () => {
  test("[WS-2] [WS-3] [CONN-1] the AsyncAPI parser accepts the document, with every frame on its socket's channel", async () => {
    const { document, diagnostics } = await new Parser().parse(read("asyncapi.json"));
    expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
    expect(document?.version()).toBe("3.0.0");
    const channels = document?.channels().all() ?? [];
    expect(channels.map((channel) => channel.address())).toEqual(["/ws", "/remote"]);
    const operations = document?.operations().all() ?? [];
    const told = operations.map((operation) => [
      operation.channels().all()[0]?.address(),
      operation.action(),
      operation
        .messages()
        .all()
        .map((message) => message.name()),
    ]);
    expect(told).toEqual([
      ["/ws", "receive", Object.keys(CLIENT_FRAME_SCHEMAS)],
      ["/ws", "send", Object.keys(BROKER_FRAME_SCHEMAS)],
      ["/remote", "receive", Object.keys(REMOTE_CLIENT_MESSAGE_SCHEMAS)],
      ["/remote", "send", Object.keys(REMOTE_SERVER_MESSAGE_SCHEMAS)],
    ]);
  });

  test("[WS-3] the parser is no rubber stamp: it finds a broken reference", async () => {
    const broken = read("asyncapi.json").replace(
      '"#/channels/mesh/messages/client.hello"',
      '"#/channels/mesh/messages/nothing"',
    );
    const { diagnostics } = await new Parser().parse(broken);
    expect(diagnostics.some(({ severity }) => severity === 0)).toBe(true);
  });
});

describe("openapi.json", () => {
  const { openapi, paths } = JSON.parse(read("openapi.json")) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };

  test("[HTTP-1] describes every route of the table and no other", () => {
    expect(openapi).toBe("3.1.0");
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => `${operation.operationId} ${method.toUpperCase()} ${path}`),
    );
    const routes = Object.entries(HTTP_ROUTES).map(([id, route]) => `${id} ${route.method} ${route.path}`);
    expect(described.toSorted()).toEqual(routes.toSorted());
  });

  test("[HTTP-2] every operation below /api/v1 names its path parameters and the refusal of strangers", () => {
    for (const [path, methods] of Object.entries(paths)) {
      for (const operation of Object.values(methods)) {
        const named =
          operation.parameters?.filter((parameter) => parameter.in === "path").map(({ name }) => name) ?? [];
        expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
        const refusesStrangers = Object.keys(operation.responses).includes(String(HTTP_ERRORS.unauthorized.status));
        expect(refusesStrangers || !path.startsWith("/api/v1")).toBe(true);
      }
    }
  });
});

test.each([
  ["mesh-client-frames", CLIENT_FRAME_SCHEMAS],
  ["mesh-broker-frames", BROKER_FRAME_SCHEMAS],
])("[WS-3] %s.schema.json is JSON Schema 2020-12 with one definition per frame type", (name, frames) => {
  const schema = JSON.parse(read(`${name}.schema.json`)) as {
    $schema: string;
    oneOf: { $ref: string }[];
    $defs: Record<string, unknown>;
  };
  expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
  expect(schema.oneOf.map(({ $ref }) => $ref)).toEqual(Object.keys(frames).map((type) => `#/$defs/${type}`));
  expect(schema.$defs).toEqual(JSON.parse(JSON.stringify(frames)));
});
