/**
 * What the cases run in: a real server with one mesh, its owner, and a guest who is a member; places to run commands at,
 * each case with places of its own, so that no case sees what another left on this machine. The server's own state is
 * shared: names given to it come from `unique`.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandTable } from "../../../src/commands/index.ts";
import { run } from "../../support/run-in-process.ts";
import { CommandRun, envelopesOf, type CommandEnd, type Envelope } from "./command-run.ts";
import { CutLink } from "./cut-link.ts";
import { Place } from "./place.ts";
import { RefusingBroker, type Refusal } from "./refusing-broker.ts";
import { ScriptedRemote, operatorToken, remoteKey, type RemoteScript } from "./scripted-remote.ts";

const homeFiles = ["config.json", "admin-token"];

export interface PreparationOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface MeshConfig {
  readonly meshes: readonly Readonly<Record<string, string>>[];
  readonly owned: readonly Readonly<Record<string, string>>[];
}

export class World {
  readonly #places: Place[] = [];
  readonly #servers: Place[] = [];
  /** What the texts of this run are called in the golden files. */
  readonly literals = new Map<string, string>();
  #server: { readonly place: Place; readonly url: string } | undefined;
  #guest: Place | undefined;
  readonly #brokers = new Map<string, Promise<RefusingBroker>>();
  readonly #links: CutLink[] = [];
  readonly #remotes: ScriptedRemote[] = [];
  #invited: Promise<string> = Promise.resolve("");
  #names = 0;

  /** A home where nothing is yet. */
  place(): Place {
    const place = new Place();
    this.#places.push(place);
    return place;
  }

  /** Starts the server; pairs with `close`. Cases without a mesh need no server. */
  async startServer(): Promise<void> {
    const place = this.ownServer();
    const up = await this.start(place);
    this.#server = { place, url: String(up["url"]) };
    const guest = this.place();
    const { link } = await this.json(place, ["invite", "create"]);
    await this.json(guest, ["join", String(link), "--name", "guest"]);
    this.#guest = guest;
  }

  /** `http://127.0.0.1:PORT` of the real server. */
  get url(): string {
    return this.#started().url;
  }

  /** The place the server was started at. */
  get serverPlace(): Place {
    return this.#started().place;
  }

  /** A broker that refuses in this way; one for each way. */
  brokerThat(refusal: Refusal): Promise<RefusingBroker> {
    const name = `${refusal.at} ${refusal.code}`;
    const broker = this.#brokers.get(name) ?? RefusingBroker.start(refusal);
    this.#brokers.set(name, broker);
    return broker;
  }

  /** A server of the remote that does what the script says, and a home with its key and the operator's token. */
  async remote(script: RemoteScript): Promise<{ readonly place: Place; readonly url: string }> {
    const server = await ScriptedRemote.start(script);
    this.#remotes.push(server);
    const place = this.place();
    mkdirSync(place.home, { recursive: true, mode: 0o700 });
    writeFileSync(join(place.home, "remote-key"), `${remoteKey}\n`, { mode: 0o600 });
    writeFileSync(join(place.home, "admin-token"), `${operatorToken}\n`, { mode: 0o600 });
    return { place, url: server.url };
  }

  /** The latest of those servers: that of the case that runs. */
  get latestRemote(): ScriptedRemote {
    const server = this.#remotes.at(-1);
    if (server === undefined) throw new Error("the world has no server of the remote yet");
    return server;
  }

  /** A home like the owner's whose way to the server can be cut. */
  async ownerOverLink(): Promise<Place> {
    const link = await CutLink.open(this.url);
    this.#links.push(link);
    const { meshes, ...rest } = this.config();
    const place = this.place();
    place.writeConfig({ ...rest, meshes: meshes.map((mesh) => ({ ...mesh, brokerUrl: link.socketUrl })) });
    return place;
  }

  /** Cuts every way that `ownerOverLink` made. */
  cutLinks(): void {
    for (const link of this.#links) link.cut();
  }

  /** An invite to the mesh `local` that is in order; `publicUrl` is where it leads, by default to the real server. */
  invite(publicUrl = this.url): Promise<string> {
    // One after the other: the same request signed twice in one millisecond is a replay to the server.
    this.#invited = this.#invited.then(async () => {
      const { link } = await this.json(this.owner(), ["invite", "create"], { env: { PARL_PUBLIC_URL: publicUrl } });
      return String(link);
    });
    return this.#invited;
  }

  /** A copy of the owner's home: joined and owning the mesh `local`, with the operator's token. */
  owner(): Place {
    const place = this.place();
    place.copyHome(this.serverPlace.home, homeFiles);
    return place;
  }

  /** A copy of the guest's home: a member of the mesh `local`. */
  guest(): Place {
    if (this.#guest === undefined) throw new Error("the world has no server: call startServer first");
    const place = this.place();
    place.copyHome(this.#guest.home, ["config.json"]);
    return place;
  }

  /** A member of the mesh `local` that nobody knows yet. */
  async member(name: string): Promise<Place> {
    const place = this.place();
    await this.json(place, ["join", await this.invite(), "--name", this.unique(name)]);
    return place;
  }

  /** A mesh of its own, and the home that owns it and is its only member. */
  async mesh(name = "crew"): Promise<{ readonly place: Place; readonly slug: string }> {
    const place = this.owner();
    const slug = this.unique(name);
    await this.json(place, ["mesh", "create", slug], { env: { PARL_URL: this.url } });
    return { place, slug };
  }

  /** The config of the owner. */
  config(place: Place = this.serverPlace): MeshConfig {
    return JSON.parse(readFileSync(join(place.home, "config.json"), "utf8")) as MeshConfig;
  }

  /** A home where nothing is yet and whose server, should a case start one, is stopped in the end. */
  ownServer(): Place {
    const place = this.place();
    this.#servers.push(place);
    return place;
  }

  /** A name nobody had before; the golden files show `name` itself. */
  unique(name: string): string {
    this.#names += 1;
    const made = `${name}-u${this.#names}`;
    this.literals.set(made, name);
    return made;
  }

  /** Starts the server of `place` on a free port; answers what `up` says. */
  async start(place: Place): Promise<Envelope> {
    const argv = ["up", "--port", "0", "--json"];
    return this.#succeeded(argv, await new CommandRun(place, argv).ended);
  }

  /** Runs a command that has to succeed: preparation of a case. In this process, which is quicker; not for servers. */
  async json(place: Place, argv: readonly string[], options: PreparationOptions = {}): Promise<Envelope> {
    const { env, input } = options;
    const { stdout, status } = await run([...argv, "--json"], {
      table: commandTable,
      home: place.home,
      userHome: place.directory,
      workingDirectory: place.work,
      live: true,
      env: { USER: "tester", ...env },
      ...(input === undefined ? {} : { input }),
    });
    return this.#succeeded(argv, { stdout, status });
  }

  async close(): Promise<void> {
    for (const link of this.#links) await link.close();
    for (const broker of this.#brokers.values()) await (await broker).stop();
    for (const remote of this.#remotes) await remote.stop();
    await Promise.all(this.#servers.map((place) => new CommandRun(place, ["down"]).ended));
    for (const place of this.#places) place.remove();
  }

  #succeeded(argv: readonly string[], end: Pick<CommandEnd, "stdout" | "status">): Envelope {
    if (end.status !== 0) {
      throw new Error(`preparing a case: \`parl ${argv.join(" ")}\` ended with ${end.status}: ${end.stdout}`);
    }
    return envelopesOf(end).at(-1) ?? {};
  }

  #started(): { readonly place: Place; readonly url: string } {
    if (this.#server === undefined) throw new Error("the world has no server: call startServer first");
    return this.#server;
  }
}
