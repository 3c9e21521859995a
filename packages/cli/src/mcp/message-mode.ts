/** How messages reach the model ([MCP-10]): with their text, as notices only, or not at all until it asks. */
export const messageModes = ["push", "inbox", "off"] as const;
export type MessageMode = (typeof messageModes)[number];

export function parseMessageMode(text: string | undefined): MessageMode | undefined {
  return messageModes.find((mode) => mode === text);
}
