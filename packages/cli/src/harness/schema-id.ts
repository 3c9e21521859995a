/** `urn:parlatory:schema:1.0:COMMAND` [SCH-1]; the words of a two-level command are joined by `-`, as a URN has no spaces. */
export function schemaId(words: readonly string[]): string {
  return `urn:parlatory:schema:1.0:${words.join("-")}`;
}
