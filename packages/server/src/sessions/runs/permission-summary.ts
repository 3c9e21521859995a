/** One line about a question of an agent, for a notification or a list ([HIST-7], [APPROVE-1]). */

const detailKeys = ["command", "file_path", "path", "pattern", "query", "url", "description", "prompt"];
const longest = 200;

export function summarizePermission(toolName: string, input: unknown): string {
  const detail = detailOf(input).replaceAll(/\s+/g, " ").trim();
  const points = Array.from(detail === "" ? toolName : `${toolName} ${detail}`);
  return points.length <= longest ? points.join("") : `${points.slice(0, longest).join("")}...`;
}

function detailOf(input: unknown): string {
  if (typeof input !== "object" || input === null) return "";
  const fields = input as Record<string, unknown>;
  for (const key of detailKeys) {
    const value = fields[key];
    if (typeof value === "string" && value !== "") return value;
  }
  return Object.values(fields).find((value) => typeof value === "string") ?? "";
}
