/** One line about a question of an agent, for a notification or a list ([HIST-7], [APPROVE-1]). */

import { tellingInput } from "../log/render-text.ts";

const longest = 200;

export function summarizePermission(toolName: string, input: unknown): string {
  const detail = tellingInput(input).replaceAll(/\s+/g, " ").trim();
  const points = Array.from(detail === "" ? toolName : `${toolName} ${detail}`);
  return points.length <= longest ? points.join("") : `${points.slice(0, longest).join("")}...`;
}
