import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import { UnusableSource } from "./read-source.ts";

const schema = CORE_SCHEMA.withTags(mergeTag);

/**
 * The value of one YAML document. Aliases share what they name, so they cannot make it grow; depth and merged keys are
 * bounded by the parser. Throws `UnusableSource`.
 */
export function parseYaml(text: string): unknown {
  try {
    return load(text, { schema, maxAliases: 1000 });
  } catch {
    throw new UnusableSource("it is not YAML");
  }
}
