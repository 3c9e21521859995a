/** A server of its own for a test of the remote: fresh home, a scripted model, real agents, sockets to it. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DaemonProcess } from "../bench/faults/daemon-process.ts";
import { expectNothingLeft } from "../packages/agents/test/support/agent-world.ts";
import { claudeEnvironment } from "./claude-environment.ts";
import { claudeProgram } from "./claude.ts";
import { startFakeAnthropic, type FakeAnthropic, type FakeScenario } from "./fake-anthropic.mjs";
import { RemoteSocket } from "./remote-socket.ts";

export class RemoteWorld {
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), "parl-remote-")));
  readonly project = join(this.home, "project");
  readonly parlHome = join(this.home, "parl");
  readonly model: FakeAnthropic;
  readonly #sockets: RemoteSocket[] = [];
  readonly #environment: Record<string, string>;
  #server: DaemonProcess | undefined;

  private constructor(model: FakeAnthropic, environment: Record<string, string>) {
    this.model = model;
    this.#environment = environment;
    mkdirSync(this.project);
    mkdirSync(this.parlHome, { mode: 0o700 });
  }

  /** `settings`: the content of the server's settings file. */
  static async start(options: {
    scenario: FakeScenario;
    settings?: (world: RemoteWorld) => Record<string, unknown>;
  }): Promise<RemoteWorld> {
    const model = await startFakeAnthropic({ scenario: options.scenario });
    const world = new RemoteWorld(model, {});
    Object.assign(world.#environment, {
      ...claudeEnvironment(world.home, model.url),
      ...(claudeProgram === undefined ? {} : { PARL_CLAUDE_PATH: claudeProgram }),
    });
    const settings = options.settings?.(world);
    if (settings !== undefined) writeFileSync(join(world.parlHome, "server.json"), JSON.stringify(settings));
    await world.startServer();
    return world;
  }

  /** Where Claude Code keeps the sessions of this home. */
  get sessionFiles(): string {
    return join(this.home, ".claude", "projects");
  }

  /** The environment that the server, and so the agent, has: for an agent started beside it. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }

  async startServer(): Promise<void> {
    this.#server = await DaemonProcess.start(this.parlHome, undefined, this.#environment);
  }

  /** Ends the server with no chance to clean up. */
  async killServer(): Promise<void> {
    await this.#server?.end("SIGKILL");
  }

  async connect(
    clientSessionId: string,
    options: { capabilities?: string[]; deviceName?: string } = {},
  ): Promise<RemoteSocket> {
    const key = readFileSync(join(this.parlHome, "remote-key"), "utf8").trim();
    const socket = await RemoteSocket.connect({ url: this.#server?.url ?? "", key, clientSessionId, ...options });
    this.#sockets.push(socket);
    return socket;
  }

  /** Prompts in requests to the model that hold this text: how often an agent asked about it. */
  asked(text: string): number {
    return this.model.requests.filter(({ body }) => {
      const last = body?.messages?.findLast(({ role }) => role === "user");
      return (body?.tools?.length ?? 0) > 0 && JSON.stringify(last?.content ?? "").includes(text);
    }).length;
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.cut();
    await this.#server?.end("SIGTERM");
    await this.model.close();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
    await expectNothingLeft();
  }
}
