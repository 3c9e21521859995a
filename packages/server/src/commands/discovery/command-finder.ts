/**
 * What is offered in a directory at this moment ([CMD-7]). Nothing is remembered between two questions; questions about one
 * directory that come while it is being looked at share the answer, and only a few directories are looked at at once.
 */
import { commandEnvironment } from "../execution/command-environment.ts";
import { buildCommandTable, type CommandTable } from "./command-table.ts";
import { discoverCommands, type DiscoveryOptions } from "./discover-commands.ts";
import { findProgram } from "./find-program.ts";
import { generalCommands } from "./general-commands.ts";

const MAX_AT_ONCE = 8;

export class CommandFinder {
  readonly #options: DiscoveryOptions;
  readonly #underWay = new Map<string, Promise<CommandTable>>();
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  constructor(options: DiscoveryOptions) {
    this.#options = { ...options, environment: commandEnvironment(options.environment) };
  }

  /** The general commands alone: nothing of a project is looked at. */
  async findGeneral(): Promise<CommandTable> {
    return buildCommandTable(await this.#general(), []);
  }

  find(directory: string): Promise<CommandTable> {
    const shared = this.#underWay.get(directory);
    if (shared !== undefined) return shared;
    const table = this.#look(directory).finally(() => this.#underWay.delete(directory));
    this.#underWay.set(directory, table);
    return table;
  }

  async #look(directory: string): Promise<CommandTable> {
    if (this.#active >= MAX_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#active++;
    try {
      return buildCommandTable(await this.#general(), await discoverCommands(directory, this.#options));
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#active--;
      else next();
    }
  }

  async #general() {
    return generalCommands((await findProgram("git", this.#options.environment["PATH"] ?? "")) ?? "git");
  }
}
