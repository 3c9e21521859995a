/** Reading of what agents write into `content`: anything may be missing or of another type. */
import { utf8Bytes } from "@parlatory/protocol/remote/text";

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The type of a block; `unknown` where it has none. */
export function blockType(block: unknown): string {
  const type = isFields(block) ? block["type"] : undefined;
  return typeof type === "string" && type !== "" ? type : "unknown";
}

export function textField(block: Fields, name: string): string {
  const value = block[name];
  return typeof value === "string" ? value : "";
}

/** The text of a tool's result: a string as it is, else its text blocks, one line after another. */
export function resultText(block: Fields): string {
  const content = block["content"];
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const texts: string[] = [];
  for (const part of content as readonly unknown[]) {
    if (isFields(part) && part["type"] === "text") texts.push(textField(part, "text"));
  }
  return texts.join("\n");
}

export function mediaType(block: Fields): string {
  const source = block["source"];
  return isFields(source) ? textField(source, "media_type") : "";
}

/** Bytes of a picture that is in the block itself; 0 when it is elsewhere. */
export function mediaBytes(block: Fields): number {
  const source = block["source"];
  const data = isFields(source) ? textField(source, "data") : "";
  const padding = data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0;
  return Math.max(0, Math.floor((data.length * 3) / 4) - padding);
}

/** `812 B`, `3.4 KB`, `1.2 MB`. */
export function sizeOf(text: string): string {
  const bytes = utf8Bytes(text);
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
