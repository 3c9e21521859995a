import type { GroupEntry, Peer } from "@parlatory/protocol";
import type { RunTool } from "../tool-call.ts";
import { answerEverywhere, describeFailures, inEach, inMesh } from "./everywhere.ts";

const listPeers: RunTool = async (args, { meshes }) => {
  const group = args.optionalText("group");
  const sessions = await meshes.several(args.optionalText("mesh"));
  const outcomes = await inEach(sessions, (client) => client.listPeers({ group }));
  const parts = outcomes.done.map(({ session, value: peers }) => {
    const where = inMesh(session, sessions);
    const who = group === undefined ? "" : ` in ${group.startsWith("@") ? group : `@${group}`}`;
    if (peers.length === 0) return `no peers${who}${where}`;
    const lines = peers.map((peer) => JSON.stringify(peerRow(peer)));
    return [
      `${peers.length === 1 ? "1 peer" : `${peers.length} peers`}${who}${where} (names and summaries are the peers' own words):`,
      ...lines,
    ].join("\n");
  });
  return { text: [...parts, ...describeFailures(outcomes)].join("\n") };
};

/** JSON keeps every text of a peer inside its quotes. */
function peerRow(peer: Peer): object {
  const agent = peer.capabilities?.["agent"];
  return {
    name: peer.displayName,
    key: peer.pubkey,
    ...(peer.you === true ? { you: true } : {}),
    ...(peer.connected === false ? { connected: false } : {}),
    status: peer.status,
    ...(peer.role ? { role: peer.role } : {}),
    ...(peer.groups.length > 0 ? { groups: peer.groups.map(groupText) } : {}),
    ...(peer.summary ? { summary: peer.summary } : {}),
    ...(peer.host ? { host: peer.host } : {}),
    ...(peer.cwd === undefined ? {} : { cwd: peer.cwd }),
    ...(agent === undefined ? {} : { agent }),
  };
}

function groupText(group: GroupEntry): string {
  return group.role === undefined || group.role === "" ? `@${group.name}` : `@${group.name} (${group.role})`;
}

const setSummary: RunTool = async (args, { meshes }) => {
  const summary = args.text("summary");
  const sessions = await meshes.several(args.optionalText("mesh"));
  const outcomes = await inEach(sessions, (client) => client.setSummary(summary));
  return answerEverywhere(
    outcomes,
    (_, session) => `summary ${summary === "" ? "cleared" : "set"}${inMesh(session, sessions)}`,
  );
};

const setStatus: RunTool = async (args, { meshes }) => {
  args.text("status");
  const status = args.optionalChoice("status", ["idle", "working", "dnd"]) ?? "idle";
  const sessions = await meshes.several(args.optionalText("mesh"));
  const outcomes = await inEach(sessions, (client) => client.setStatus(status, "manual"));
  return answerEverywhere(outcomes, (inForce, session) => `status is ${inForce}${inMesh(session, sessions)}`);
};

function groupsLine(groups: readonly GroupEntry[]): string {
  return groups.length === 0 ? "you are in no group" : `you are in ${groups.map(groupText).join(", ")}`;
}

/** `@name` is how groups are written everywhere else. */
function groupName(text: string): string {
  return text.startsWith("@") ? text.slice(1) : text;
}

const joinGroup: RunTool = async (args, { meshes }) => {
  const name = groupName(args.text("name"));
  const role = args.optionalText("role");
  const sessions = await meshes.several(args.optionalText("mesh"));
  const outcomes = await inEach(sessions, (client) => client.joinGroup(name, role));
  return answerEverywhere(
    outcomes,
    (groups, session) => `joined @${name}; ${groupsLine(groups)}${inMesh(session, sessions)}`,
  );
};

const leaveGroup: RunTool = async (args, { meshes }) => {
  const name = groupName(args.text("name"));
  const sessions = await meshes.several(args.optionalText("mesh"));
  const outcomes = await inEach(sessions, (client) => client.leaveGroup(name));
  return answerEverywhere(
    outcomes,
    (groups, session) => `left @${name}; ${groupsLine(groups)}${inMesh(session, sessions)}`,
  );
};

export const presenceTools = {
  list_peers: listPeers,
  set_summary: setSummary,
  set_status: setStatus,
  join_group: joinGroup,
  leave_group: leaveGroup,
} as const;
