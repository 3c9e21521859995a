/** What the schemas of the server's messages are made of. */
import { Type, type TSchema } from "typebox";

export const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);
export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
export const text = () => Type.String();
export const int = () => Type.Integer();
export const yes = () => Type.Literal(true);
/** ISO-8601 UTC with three fraction digits ([NAME-5]). */
export const time = () => Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$" });
export const uuid = () => Type.String({ pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" });
export const word = <Word extends string>(...words: Word[]) =>
  Type.Unsafe<Word>(Type.Union(words.map((value) => Type.Literal(value))));

/** Echoed in direct answers, absent in pushes ([CONN-8]). */
const correlation = { correlation_id: optional(text()) };
export const message = <Name extends string, Fields extends Record<string, TSchema>>(type: Name, fields: Fields) =>
  Type.Object({ type: Type.Literal(type), ...fields, ...correlation });
