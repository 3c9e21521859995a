import { Compile } from "typebox/schema";

/** Compiles a JSON Schema (2020-12) into a check that gives one sentence for every violation, none when the value fits. */
export function compileJsonSchema(schema: Readonly<Record<string, unknown>>): (value: unknown) => string[] {
  const validator = Compile(schema);
  return (value) => {
    const [fits, problems] = validator.Errors(value);
    if (fits) return [];
    return problems.map(({ instancePath, message }) => `${instancePath === "" ? "/" : instancePath} ${message}`);
  };
}
