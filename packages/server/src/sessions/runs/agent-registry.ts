/**
 * The configured agents by name, and what each of them can do here ([AGENT-1], [AGENT-3]). A probe is kept until the
 * program behind it is exchanged; one that failed is tried again with the next question.
 */
import { AgentError, type AgentCapabilities, type AgentInfo } from "@parlatory/agents";
import { RemoteError } from "@parlatory/protocol/remote";
import type { ConfiguredAgent } from "./run-options.ts";

export type AgentProbe =
  | { readonly available: true; readonly version: string; readonly capabilities: AgentCapabilities }
  | { readonly available: false; readonly reason: string };

interface KeptProbe {
  readonly fingerprint: string;
  readonly info: Promise<AgentInfo>;
}

export class AgentRegistry {
  readonly #agents: ReadonlyMap<string, ConfiguredAgent>;
  readonly #defaults: readonly string[];
  readonly #probes = new Map<string, KeptProbe>();
  readonly #withoutFiles = new Set<string>();

  constructor(options: { agents: readonly ConfiguredAgent[]; defaultAgents: readonly string[] }) {
    this.#agents = new Map(options.agents.map((agent) => [agent.name, agent]));
    this.#defaults = options.defaultAgents;
  }

  find(name: string): ConfiguredAgent | undefined {
    return this.#agents.get(name);
  }

  /** @throws RemoteError `Unknown agent: <name>` */
  get(name: string): ConfiguredAgent {
    const agent = this.find(name);
    if (agent === undefined) throw new RemoteError("not_found", `Unknown agent: ${name}`);
    return agent;
  }

  /** The first of the defaults that can be run here, else the last of them. */
  async default(): Promise<ConfiguredAgent> {
    let last: ConfiguredAgent | undefined;
    for (const name of this.#defaults) {
      last = this.get(name);
      if ((await this.probe(last)).available) return last;
    }
    if (last === undefined) throw new RemoteError("agent_unavailable", "No agent is configured");
    return last;
  }

  async probe(agent: ConfiguredAgent): Promise<AgentProbe> {
    try {
      const { version, capabilities } = await this.#infoOf(agent);
      return { available: true, version, capabilities };
    } catch (thrown) {
      if (!(thrown instanceof AgentError)) throw thrown;
      return { available: false, reason: thrown.message };
    }
  }

  /** Undefined while the agent cannot be run here: then nothing is known of it. */
  async capabilitiesOf(agent: ConfiguredAgent): Promise<AgentCapabilities | undefined> {
    const probe = await this.probe(agent);
    return probe.available ? probe.capabilities : undefined;
  }

  /** False until a probe told otherwise. */
  isWithoutFiles(name: string): boolean {
    return this.#withoutFiles.has(name);
  }

  async #infoOf(agent: ConfiguredAgent): Promise<AgentInfo> {
    const fingerprint = (await agent.fingerprint?.()) ?? "";
    const kept = this.#probes.get(agent.name);
    if (kept?.fingerprint === fingerprint) return kept.info;
    const probe: KeptProbe = { fingerprint, info: agent.driver.probe() };
    this.#probes.set(agent.name, probe);
    probe.info.then(
      ({ capabilities }) => {
        if (capabilities.keepsFiles) this.#withoutFiles.delete(agent.name);
        else this.#withoutFiles.add(agent.name);
      },
      () => {
        if (this.#probes.get(agent.name) === probe) this.#probes.delete(agent.name);
      },
    );
    return probe.info;
  }
}
