// JSON Schema (2020-12) of one direction of the mesh: any of the frames, each by its name in $defs.
export function framesSchema(name: string, title: string, frames: Readonly<Record<string, object>>): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:parlatory:schema:1.0:${name}`,
    title,
    oneOf: Object.keys(frames).map((type) => ({ $ref: `#/$defs/${type}` })),
    $defs: frames,
  };
}
