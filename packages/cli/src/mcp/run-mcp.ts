/**
 * One `parl mcp` process: puts the parts together and ends when its agent does ([MCP-15]). First MCP answers, then the config
 * and the hook socket, last and in the background the meshes ([MCP-1]).
 */
import type { MeshClient, MeshEntry } from "@parlatory/client";
import { parseGroupList, type AgentInfo } from "@parlatory/protocol";
import { hostname, platform } from "node:os";
import { loadConfig } from "../config/config-file.ts";
import { emptyConfig } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { callTool } from "./call-tool.ts";
import { gitBranch } from "./git-branch.ts";
import { setHookStatus } from "./hook-status.ts";
import { openHookDoor } from "./hook-socket/hook-door.ts";
import { Inbox } from "./inbox.ts";
import { mcpInstructions } from "./instructions.ts";
import { startMcpServer } from "./mcp-server.ts";
import { MeshConnections } from "./mesh-connections.ts";
import { MeshSession } from "./mesh-session.ts";
import type { SessionClients } from "./open-session-client.ts";
import { watchParent } from "./parent-watch.ts";
import { PushPump } from "./push-pump.ts";
import { readSessionIdentity, type SessionIdentity } from "./session-identity.ts";
import { StateNotes } from "./state-note.ts";
import { Channel } from "./ways-in/channel.ts";
import { HookDesk } from "./ways-in/hook.ts";
import { createSessionSocket } from "./ways-in/session-socket.ts";

/** What an orderly end may take in all; the agent is gone already ([MCP-15]). */
const MAX_CLOSE_MS = 3_000;
const TOKEN_BYTES = 32;
const MAX_INFO_CHARS = 128;

/** Serves until stdin closes, the parent ends, or `context.signal` fires. */
export async function runMcp(context: CommandContext): Promise<void> {
  const { stdin, stdout, stderr } = context.takeStdout();
  const log = (line: string): void => void stderr.write(`parl mcp: ${line}\n`);
  const nowMs = (): number => context.now().getTime();
  let config = emptyConfig;
  try {
    config = await loadConfig(context.home);
  } catch (cause) {
    // Said again, with what to do, by every tool that needs it.
    log(cause instanceof Error ? cause.message : String(cause));
  }
  const identity = readSessionIdentity(context.env, config, {
    parseGroups: parseGroupList,
    randomText: () => Buffer.from(context.randomBytes(TOKEN_BYTES)).toString("base64url"),
  });
  for (const warning of identity.warnings) log(warning);

  const inbox = new Inbox({ onArrival: () => pump.handleArrival() });
  const notes = new StateNotes();
  const channel = new Channel((notification) => server.notify(notification));
  const writeToSession = identity.sessionSocket === undefined ? undefined : createSessionSocket(identity.sessionSocket);
  const pump = new PushPump({ mode: identity.mode, inbox, notes, channel, writeToSession, nowMs, log });
  const agentInfo: AgentInfo = { os: platform(), host: hostname().slice(0, MAX_INFO_CHARS) };
  let clients: Promise<SessionClients> | undefined;
  const openClient = async (mesh: MeshEntry, fresh: boolean): Promise<MeshClient> => {
    clients ??= loadSessionClients(context, identity, agentInfo, log);
    return await (await clients).open(mesh, fresh);
  };
  const meshes = new MeshConnections({
    loadMeshes: async () => (await loadConfig(context.home)).meshes,
    chosenMesh: identity.chosenMesh,
    open: (mesh) =>
      new MeshSession({
        slug: mesh.slug,
        meshId: mesh.meshId,
        open: (fresh) => openClient(mesh, fresh),
        onMessage: (message, { meshId, slug }, digest) => {
          if (inbox.add({ message, meshId, meshSlug: slug, digest })) return;
          const { waiting, handing } = inbox.counts();
          // Thrown: the client leaves the message to its redelivery.
          throw new Error(`the inbox is full: ${waiting} messages wait, ${handing} are being handed over`);
        },
        onStateChange: (change, session) => pump.handleStateChange(change, session),
        onReplaced: (session) => inbox.withdraw(session.meshId),
        log,
      }),
  });
  const server = await startMcpServer({
    stdin,
    stdout,
    version: context.product.version,
    instructions: mcpInstructions(identity),
    callTool: (name, args) => callTool(name, args, { meshes, inbox, notes }),
    onInitialized: (client) => {
      channel.handleInitialized();
      if (client === undefined) return;
      // Also what the next hello says.
      agentInfo.agent = client.name.slice(0, MAX_INFO_CHARS);
      agentInfo.agentVersion = client.version.slice(0, MAX_INFO_CHARS);
      for (const session of meshes.current) void session.setAgentInfo(agentInfo);
    },
    onError: log,
  });

  const setStatus = (status: "idle" | "working" | "dnd"): Promise<void> => setHookStatus(meshes, status);
  const desk = new HookDesk({ mode: identity.mode, inbox, notes, setStatus, stopChainMax: identity.stopChainMax });
  const door = openHookDoor(context, identity, (request) => desk.handle(request), log);
  const ended = untilEnded(context, server.closed);
  void connect(context, meshes, agentInfo, log);

  await ended;
  pump.close();
  channel.close();
  await within(
    MAX_CLOSE_MS,
    (async () => {
      await Promise.all([meshes.close(), door.close(), server.close()]);
      await (await clients)?.close();
    })(),
  );
}

async function loadSessionClients(
  context: CommandContext,
  identity: SessionIdentity,
  agentInfo: AgentInfo,
  log: (line: string) => void,
): Promise<SessionClients> {
  const { createSessionClients } = await import("./open-session-client.ts");
  return createSessionClients({
    home: context.home,
    identity,
    cwd: context.workingDirectory,
    pid: context.pid,
    parentPid: context.parentPid,
    version: context.product.version,
    agentInfo,
    nowMs: () => context.now().getTime(),
    logWarning: log,
  });
}

/** Resolves when the agent is gone, or told us to go. */
function untilEnded(context: CommandContext, closed: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const stopWatching = watchParent(context.parentPid, finish);
    function finish(): void {
      stopWatching();
      resolve();
    }
    void closed.then(finish);
    if (context.signal.aborted) finish();
    else context.signal.addEventListener("abort", finish, { once: true });
  });
}

async function connect(
  context: CommandContext,
  meshes: MeshConnections,
  agentInfo: AgentInfo,
  log: (line: string) => void,
): Promise<void> {
  const branch = await gitBranch(context.workingDirectory);
  if (branch !== undefined) agentInfo.gitBranch = branch;
  try {
    await meshes.refresh();
  } catch (cause) {
    log(cause instanceof Error ? cause.message : String(cause));
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), timeUp]);
  clearTimeout(timer);
}
