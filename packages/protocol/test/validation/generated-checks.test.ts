import fc from "fast-check";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { describe, expect, test } from "vitest";
import { HTTP_INPUT_CHECKS } from "../../src/http/input-checks.generated.ts";
import { HTTP_ROUTE_SCHEMAS, type HttpRouteSchemas } from "../../src/http/route-schemas.ts";
import type { HttpRouteId } from "../../src/http/routes.ts";
import { CLIENT_FRAME_CHECKS } from "../../src/mesh/client-frame-checks.generated.ts";
import { CLIENT_FRAME_SCHEMAS, type ClientFrameType } from "../../src/mesh/client-frames.ts";
import { countCodePoints } from "../../src/validation/count-code-points.ts";
import { firstProblem, type PlainSchema } from "../../src/validation/first-problem.ts";
import type { InputCheck } from "../../src/validation/input-check.ts";

type Case = [name: string, schema: TSchema, check: InputCheck];

const routes = Object.entries(HTTP_ROUTE_SCHEMAS) as [HttpRouteId, HttpRouteSchemas][];
const cases: Case[] = [
  ...Object.entries(CLIENT_FRAME_SCHEMAS).map(([type, schema]): Case => [
    type,
    schema,
    CLIENT_FRAME_CHECKS[type as ClientFrameType],
  ]),
  ...routes.flatMap(([id, schemas]) =>
    (["query", "request"] as const).flatMap((part): Case[] => {
      const schema = schemas[part];
      const check = HTTP_INPUT_CHECKS[id][part];
      if (schema === undefined || check === undefined) return [];
      return [[`${part} of ${id}`, schema, check]];
    }),
  ),
];

const units = fc.constantFrom("a", "0", "-", "_", "é", "\ud83d\ude00", "\ud83d", "\ude00", "\u0000", "\n");
const texts = fc.oneof(
  fc.string({ unit: units, maxLength: 70 }),
  fc.constantFrom("", "a".repeat(64), "0".repeat(128), "\ud83d\ude00".repeat(64), "a".repeat(65), "session", "idle"),
  fc.constantFrom("2026-01-02T03:04:05.678Z", "x".repeat(40), "a".repeat(1_025), "😀".repeat(2_049)),
);
const anything = fc.oneof(
  texts,
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    0,
    -1,
    1,
    1.5,
    500,
    501,
    2 ** 53,
    Number.NaN,
    [],
    {},
    [null],
    [{}],
    [[]],
  ),
  fc.array(texts, { maxLength: 20 }),
  fc.dictionary(fc.constantFrom("name", "version", "role", "agent", "toString", "__proto__"), texts),
);

/** Values near a schema: of its own form in most places, of any other in some. */
function near(schema: PlainSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: fitting(schema) }, { weight: 1, arbitrary: anything });
}

function fitting(schema: PlainSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(near));
  if (schema.type === "object") {
    const properties = Object.entries(schema.properties ?? {}).map(([key, inner]) => [key, near(inner)] as const);
    return fc.record(Object.fromEntries(properties), {
      requiredKeys: fc.sample(fc.boolean(), 1)[0] === true ? [] : [...(schema.required ?? [])],
    });
  }
  if (schema.type === "array") return fc.array(near(schema.items ?? {}), { maxLength: 18 });
  if (schema.pattern !== undefined) return fc.oneof(fc.stringMatching(new RegExp(schema.pattern)), texts);
  if (schema.type === "string") return texts;
  if (schema.type === "integer") return fc.integer({ min: -2, max: 600 });
  return schema.type === "boolean" ? fc.boolean() : anything;
}

/** The path that the schema library tells of its first error, as clients name fields. */
function expectedField(
  errors: readonly { keyword: string; instancePath: string; params?: unknown }[],
): string | undefined {
  const [error] = errors;
  if (error === undefined) return undefined;
  const missing = (error.params as { requiredProperties?: string[] }).requiredProperties?.[0];
  const path = error.keyword === "required" ? `${error.instancePath}/${missing}` : error.instancePath;
  return path
    .slice(1)
    .split("/")
    .map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join("");
}

test("[WS-3] [HTTP-1] every input has a generated check", () => {
  const withInput = routes.flatMap(([, { query, request }]) =>
    [query, request].filter((schema) => schema !== undefined),
  );
  expect(cases).toHaveLength(Object.keys(CLIENT_FRAME_SCHEMAS).length + withInput.length);
  expect(cases.length).toBeGreaterThan(30);
});

describe("the generated checks and the schema library", () => {
  test.each(cases)("[FRM-2] agree on %s, and on the first field at fault", (_, schema, check) => {
    const library = Compile(schema);
    let refused = 0;
    fc.assert(
      fc.property(near(check.schema), (value) => {
        const isRight = library.Check(value);
        expect(check.fits(value)).toBe(isRight);
        const problem = firstProblem(check.schema, value);
        expect(problem === undefined).toBe(isRight);
        expect(problem?.field).toBe(expectedField(library.Errors(value)));
        if (!isRight) refused++;
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

describe("what is said of a field", () => {
  const said = (type: ClientFrameType, frame: object) =>
    firstProblem(CLIENT_FRAME_CHECKS[type].schema, { type, ...frame });

  test.each<[ClientFrameType, object, string, string]>([
    ["set_status", {}, "status", "is missing"],
    ["set_status", { status: "away" }, "status", 'must be one of "idle", "working", "dnd"'],
    ["set_summary", { summary: 7 }, "summary", "must be string"],
    ["set_summary", { summary: "x".repeat(1_025) }, "summary", "must not have more than 1024 characters"],
    ["remember", { content: "" }, "content", "must not have fewer than 1 characters"],
    ["remember", { content: "x", tags: Array(17).fill("t") }, "tags", "must not have more than 16 items"],
    ["remember", { content: "x", tags: ["t", ""] }, "tags[1]", "must not have fewer than 1 characters"],
    ["pull", { max: 0 }, "max", "must be >= 1"],
    ["pull", { max: 501 }, "max", "must be <= 500"],
    ["pull", { max: 1.5 }, "max", "must be integer"],
    ["set_agent_info", { agentInfo: { os: 1 } }, "agentInfo.os", "must be string"],
    [
      "send",
      { targetSpec: "*", nonce: "", ciphertext: "", subtype: "A" },
      "subtype",
      'must match pattern "^[a-z_]{1,32}$"',
    ],
  ])("[FRM-2] a bad %s, case %#, is named with what was expected", (type, frame, field, text) => {
    expect(said(type, frame)).toEqual({ field, text });
  });
});

test("[FRM-2] characters are counted as code points", () => {
  fc.assert(
    fc.property(fc.string({ unit: units, maxLength: 20 }), (text) => {
      expect(countCodePoints(text)).toBe([...text].length);
    }),
  );
});
