/** What the command desk tells, to the sockets of the starting client session and to followers ([CMD-12], [CMD-13]). */
import { toWireTime, type RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { CommandListener, OutputLine, StartedCommand } from "../../../commands/command-desk.ts";
import type { Audience } from "../audience.ts";
import { cutStrings } from "../frames/cut-strings.ts";
import { CommandOutputFrames } from "../frames/command-output-frames.ts";
import type { Peer } from "../peer.ts";
import type { AwaitedAnswers } from "./awaited-answers.ts";

export class CommandPushes implements CommandListener {
  readonly #audience: Audience;
  readonly #awaited: AwaitedAnswers;
  readonly #followers = new Map<string, Set<Peer>>();

  constructor(options: { audience: Audience; awaited: AwaitedAnswers }) {
    this.#audience = options.audience;
    this.#awaited = options.awaited;
  }

  /** The peer gets what the command prints, though another client session started it ([CMDHIST-9]); first it is held. */
  follow(commandSessionId: string, peer: Peer): void {
    let followers = this.#followers.get(commandSessionId);
    if (followers === undefined) this.#followers.set(commandSessionId, (followers = new Set()));
    followers.add(peer);
    peer.feeds?.hold(commandSessionId);
  }

  unfollow(commandSessionId: string, peer: Peer): void {
    const followers = this.#followers.get(commandSessionId);
    followers?.delete(peer);
    if (followers?.size === 0) this.#followers.delete(commandSessionId);
  }

  leave(peer: Peer): void {
    for (const id of this.#followers.keys()) this.unfollow(id, peer);
  }

  forget(commandSessionId: string): void {
    this.#followers.delete(commandSessionId);
  }

  onStarted(command: StartedCommand): void {
    const message = toCommandStarted(command);
    for (const peer of this.#audience.peersOf(command.clientSessionId)) {
      // Which of the sockets asked is known by the command and where it was to run: the run's id is new.
      const asked = askedFor(command.commandId, command.workingDirectory);
      peer.send({ ...message, ...this.#awaited.take("command_started", asked, peer) });
    }
  }

  onOutput(command: StartedCommand, lines: readonly OutputLine[]): void {
    const frames = new CommandOutputFrames(command.commandSessionId, lines);
    for (const peer of this.#peersOf(command)) peer.feeds?.push(command.commandSessionId, lines, frames);
  }

  onComplete(...[command, end]: Parameters<NonNullable<CommandListener["onComplete"]>>): void {
    const message: RemoteServerMessageOf<"command_complete"> = {
      type: "command_complete",
      command_session_id: command.commandSessionId,
      exit_code: end.exitCode,
      duration_ms: end.durationMs,
      ...(end.signal === undefined ? {} : { signal: end.signal }),
    };
    for (const peer of this.#peersOf(command)) peer.feeds?.complete(message);
    this.forget(command.commandSessionId);
  }

  #peersOf(command: StartedCommand): Iterable<Peer> {
    const peers = this.#audience.peersOf(command.clientSessionId);
    const followers = this.#followers.get(command.commandSessionId);
    return followers === undefined ? peers : new Set([...peers, ...followers]);
  }
}

export function askedFor(commandId: string, workingDirectory: string): string {
  return `${commandId} ${workingDirectory}`;
}

export function toCommandStarted(command: StartedCommand): RemoteServerMessageOf<"command_started"> {
  return cutStrings({
    type: "command_started",
    command_session_id: command.commandSessionId,
    command_id: command.commandId,
    shell_command: command.shellCommand,
    working_directory: command.workingDirectory,
    timestamp: toWireTime(command.startedAt),
  });
}
