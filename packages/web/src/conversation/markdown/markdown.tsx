import type { Token, Tokens } from "marked";
import { memo, type ReactNode } from "react";
import { TextLink } from "../fold/text-link.tsx";
import { CodeBlock } from "./code-block.tsx";
import { markdownTokens } from "./markdown-tokens.ts";
import { safeLink } from "./safe-link.ts";
import classes from "./markdown.module.css";

/** Deeper than anybody writes; what is nested deeper is shown as it was written. */
const MAX_DEPTH = 20;

/** Markdown of an agent as elements: nothing of it becomes HTML, nothing is loaded. `id` names it for what is unfolded in it. */
export const Markdown = memo(function Markdown({ text, id }: { text: string; id: string }) {
  return <div className={classes["markdown"]}>{blocks(markdownTokens(text), id, 0)}</div>;
});

function blocks(tokens: readonly Token[], id: string, depth: number): ReactNode {
  return tokens.map((token, index) => block(token as Tokens.Generic, `${id}/${index}`, depth));
}

function block(token: Tokens.Generic, id: string, depth: number): ReactNode {
  if (depth > MAX_DEPTH) return <p key={id}>{token.raw}</p>;
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "code":
      return <CodeBlock key={id} id={id} code={String(token["text"])} language={firstWord(token["lang"])} />;
    case "heading":
      return heading(token as Tokens.Heading, id);
    case "hr":
      return <hr key={id} />;
    case "blockquote":
      return <blockquote key={id}>{blocks(token.tokens ?? [], id, depth + 1)}</blockquote>;
    case "list":
      return list(token as Tokens.List, id, depth);
    case "table":
      return table(token as Tokens.Table, id);
    case "paragraph":
      return <p key={id}>{inlines(token.tokens ?? [], id, depth)}</p>;
    case "text":
      // In a list without blank lines a line of text is no paragraph.
      return <span key={id}>{token.tokens === undefined ? token["text"] : inlines(token.tokens, id, depth)}</span>;
    default:
      return <p key={id}>{token.raw.trimEnd()}</p>;
  }
}

/** Below the headings of the page, whatever the agent took. */
function heading(token: Tokens.Heading, id: string): ReactNode {
  const content = inlines(token.tokens, id, 0);
  if (token.depth === 1) return <h3 key={id}>{content}</h3>;
  if (token.depth === 2) return <h4 key={id}>{content}</h4>;
  return <h5 key={id}>{content}</h5>;
}

function list(token: Tokens.List, id: string, depth: number): ReactNode {
  const items = token.items.map((item, index) => (
    <li key={index} className={item.task ? classes["task"] : undefined}>
      {item.task ? <span className={classes["check"]}>{item.checked === true ? "☑ " : "☐ "}</span> : null}
      {blocks(
        item.tokens.filter(({ type }) => type !== "checkbox"),
        `${id}.${index}`,
        depth + 1,
      )}
    </li>
  ));
  if (!token.ordered) return <ul key={id}>{items}</ul>;
  return (
    <ol key={id} start={token.start === "" ? undefined : token.start}>
      {items}
    </ol>
  );
}

function table(token: Tokens.Table, id: string): ReactNode {
  const aligned = (align: Tokens.TableCell["align"]) => (align === null ? undefined : { textAlign: align });
  return (
    <div key={id} className={classes["table"]} role="region" aria-label="Table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {token.header.map((cell, column) => (
              <th key={column} style={aligned(cell.align)}>
                {inlines(cell.tokens, `${id}.h${column}`, 0)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} style={aligned(cell.align)}>
                  {inlines(cell.tokens, `${id}.${index}.${column}`, 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inlines(tokens: readonly Token[], id: string, depth: number): ReactNode {
  return tokens.map((token, index) => inline(token as Tokens.Generic, `${id}-${index}`, depth + 1));
}

function inline(token: Tokens.Generic, key: string, depth: number): ReactNode {
  if (depth > MAX_DEPTH) return token.raw;
  const inner = (): ReactNode => (token.tokens === undefined ? token["text"] : inlines(token.tokens, key, depth));
  switch (token.type) {
    case "text":
    case "escape":
      return <span key={key}>{inner()}</span>;
    case "strong":
      return <strong key={key}>{inner()}</strong>;
    case "em":
      return <em key={key}>{inner()}</em>;
    case "del":
      return <del key={key}>{inner()}</del>;
    case "codespan":
      return <code key={key}>{token["text"]}</code>;
    case "br":
      return <br key={key} />;
    case "link":
    case "image":
      return link(token, key, inner());
    default:
      return <span key={key}>{token.raw}</span>;
  }
}

/** A picture is a link too: what is loaded by itself tells somebody that it was read. */
function link(token: Tokens.Generic, key: string, content: ReactNode): ReactNode {
  const written = String(token["href"]);
  const href = safeLink(written);
  const label = token.type === "image" ? `Picture: ${String(token["text"]) || written}` : content;
  if (href === undefined) return <span key={key}>{token.raw}</span>;
  return (
    <TextLink key={key} href={href}>
      {label}
    </TextLink>
  );
}

function firstWord(language: unknown): string {
  return typeof language === "string" ? (/^[\w+#.-]+/u.exec(language)?.[0].toLowerCase() ?? "") : "";
}
