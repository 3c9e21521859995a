import type { AgentSelection } from "./agent-selection.ts";
import type { Driver, DriverHost } from "./driver.ts";

/** The driver of an agent. Only its own code is loaded: `echo` costs a small file, not the libraries of the others. */
export async function createDriver(selection: AgentSelection, host: DriverHost): Promise<Driver> {
  switch (selection.agent) {
    case "echo":
      return (await import("./echo/echo-driver.ts")).createEchoDriver();
    case "claude":
      return (await import("./claude/claude-driver.ts")).createClaudeDriver(host);
    case "acp":
      return (await import("./acp/acp-driver.ts")).createAcpDriver(host, selection);
  }
}
