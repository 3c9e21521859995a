// Modules with the checks that the server makes of what comes in, so that it loads no schema library at run time.
import {
  CLIENT_FRAME_SCHEMAS,
  HTTP_ROUTE_SCHEMAS,
  REMOTE_CLIENT_MESSAGE_SCHEMAS,
  generateCheck,
  type HttpRouteSchemas,
} from "@parlatory/protocol/schemas";

type Schema = NonNullable<HttpRouteSchemas["request"]>;

/** Regular expressions are made once, under a name of their own. */
class Patterns {
  readonly #names = new Map<string, string>();

  readonly nameOf = (pattern: RegExp): string => {
    const text = String(pattern);
    const name = this.#names.get(text) ?? `PATTERN_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  };

  toString(): string {
    return [...this.#names].map(([text, name]) => `const ${name} = ${text};\n`).join("");
  }
}

export function clientFrameChecks(): string {
  const patterns = new Patterns();
  return moduleText({
    source: "client-frames.ts",
    imports: `import type { ClientFrameType } from "./client-frames.ts";\n`,
    patterns,
    declaration: `export const CLIENT_FRAME_CHECKS: Readonly<Record<ClientFrameType, InputCheck>> = {\n${checksByType(CLIENT_FRAME_SCHEMAS, patterns)}};\n`,
  });
}

export function remoteClientMessageChecks(): string {
  const patterns = new Patterns();
  return moduleText({
    source: "client-messages.ts",
    imports: `import type { RemoteClientMessageType } from "./client-messages.ts";\n`,
    patterns,
    declaration: `export const REMOTE_CLIENT_MESSAGE_CHECKS: Readonly<Record<RemoteClientMessageType, InputCheck>> = {\n${checksByType(REMOTE_CLIENT_MESSAGE_SCHEMAS, patterns)}};\n`,
  });
}

function checksByType(schemas: Readonly<Record<string, Schema>>, patterns: Patterns): string {
  return Object.entries(schemas)
    .map(([type, schema]) => `  ${type}: ${check(schema, patterns, "  ")},\n`)
    .join("");
}

export function httpInputChecks(): string {
  const patterns = new Patterns();
  const checks = Object.entries(HTTP_ROUTE_SCHEMAS as Record<string, HttpRouteSchemas>).map(
    ([id, { query, request }]) => {
      const parts = Object.entries({ query, request }).flatMap(([part, schema]) =>
        schema === undefined ? [] : [`    ${part}: ${check(schema, patterns, "    ")},\n`],
      );
      return parts.length === 0 ? `  ${id}: {},\n` : `  ${id}: {\n${parts.join("")}  },\n`;
    },
  );
  return moduleText({
    source: "route-schemas.ts",
    imports: `import type { HttpRouteId } from "./routes.ts";\n`,
    patterns,
    declaration:
      `/** Checks of the parameters and the body of each route. */\n` +
      `export const HTTP_INPUT_CHECKS: Readonly<Record<HttpRouteId, { readonly query?: InputCheck; readonly request?: InputCheck }>> = {\n${checks.join("")}};\n`,
  });
}

function check(schema: Schema, patterns: Patterns, indent: string): string {
  const { schema: plain, fits } = generateCheck(schema, patterns.nameOf);
  return `{\n${indent}  schema: ${plain},\n${indent}  fits: ${fits},\n${indent}}`;
}

function moduleText(parts: { source: string; imports: string; patterns: Patterns; declaration: string }): string {
  const { source, imports, patterns, declaration } = parts;
  return (
    `// Generated from ${source} by \`npm run generate\`; not to be edited.\n` +
    `// @ts-nocheck: the functions are JavaScript that narrows by itself.\n` +
    `import { countCodePoints } from "../validation/count-code-points.ts";\n` +
    `import type { InputCheck } from "../validation/input-check.ts";\n` +
    `${imports}\n${String(patterns)}\n${declaration}`
  );
}
