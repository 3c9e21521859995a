import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { McpConfig } from "./run-mcp.ts";

export async function loadMcpConfig(home: string): Promise<McpConfig> {
  try {
    return JSON.parse(await readFile(join(home, "config.json"), "utf8")) as McpConfig;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return { meshes: [] };
    throw cause;
  }
}
