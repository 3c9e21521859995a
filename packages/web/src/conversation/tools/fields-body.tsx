import { safeLink } from "../markdown/safe-link.ts";
import { TextLink } from "../fold/text-link.tsx";
import { fieldsOf } from "./tool-facts.ts";
import classes from "./tools.module.css";

/** Any input of a tool, readable: one line a field, what is nested as JSON. */
export function FieldsBody({ input, omitted = [] }: { input: unknown; omitted?: readonly string[] }) {
  const all = Object.entries(fieldsOf(input));
  const entries = all.filter(([name]) => !omitted.includes(name));
  if (entries.length === 0 && all.length > 0) return null;
  if (entries.length === 0 && (input === null || isEmpty(input))) return null;
  if (entries.length === 0) return <pre className={classes["plain"]}>{jsonOf(input)}</pre>;
  return (
    <dl className={classes["fields"]}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value }: { value: unknown }) {
  if (typeof value === "string") {
    const href = /^https?:\/\/\S+$/u.test(value) ? safeLink(value) : undefined;
    return href === undefined ? value : <TextLink href={href}>{value}</TextLink>;
  }
  if (typeof value !== "object" || value === null) return String(value);
  return <code>{jsonOf(value)}</code>;
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
