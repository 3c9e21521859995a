/** The 15 tools as the model sees them ([MCP-2]). Their compact JSON is at most 10,000 bytes: every word is paid for in each session. */
import type { Tool } from "@modelcontextprotocol/server";

const text = { type: "string" } as const;
const said = (description: string) => ({ type: "string", description }) as const;
const mesh = said("mesh slug; needed only when several are joined");
const tags = { type: "array", items: text, maxItems: 16 } as const;
const count = (maximum: number) => ({ type: "integer", minimum: 1, maximum }) as const;

type Properties = NonNullable<Tool["inputSchema"]["properties"]>;

function tool(name: string, description: string, properties: Properties, required: string[] = []): Tool {
  return {
    name,
    description,
    inputSchema: {
      type: "object",
      properties: { ...properties, mesh },
      ...(required.length === 0 ? {} : { required }),
    },
  };
}

export const toolDefinitions: readonly Tool[] = [
  tool(
    "send_message",
    "Send text to other agents. Says per target whether it was delivered (seen), queued (kept until seen) or rejected.",
    {
      to: {
        anyOf: [text, { type: "array", items: text, minItems: 1, maxItems: 20 }],
        description:
          "peer name, key or its first 8+ hex digits, @group, or * for everybody; may start with <mesh slug>:",
      },
      message: text,
      priority: {
        enum: ["now", "next", "low"],
        description: "now: also while the peer works; next (default): when idle; low: when it asks",
      },
      reply_to: said("id of the message this answers"),
      include_offline: { type: "boolean", description: "group or *: also members without a session" },
    },
    ["to", "message"],
  ),
  tool("check_messages", "Fetch all messages waiting for you, low priority included. Each is returned once.", {
    max: count(500),
  }),
  tool("list_peers", "List the agents that are here: name, key, groups, role, status, summary, host.", { group: text }),
  tool("set_summary", "Tell peers in one or two sentences what you are working on. Empty clears.", { summary: text }, [
    "summary",
  ]),
  tool(
    "set_status",
    "idle: take messages; working: only urgent ones; dnd: only urgent ones until you change it.",
    { status: { enum: ["idle", "working", "dnd"] } },
    ["status"],
  ),
  tool(
    "join_group",
    "Join a group, so that messages to @name reach you; again to change your role.",
    { name: text, role: said("free text, such as lead") },
    ["name"],
  ),
  tool("leave_group", "Leave a group.", { name: text }, ["name"]),
  tool("get_state", "Read one key of the shared state, with its version.", { key: text }, ["key"]),
  tool(
    "set_state",
    "Write a key of the shared state; null deletes.",
    {
      key: text,
      value: { description: "any JSON" },
      if_version: {
        type: "integer",
        minimum: 0,
        description: "write only if this is the current version; 0: must not exist",
      },
    },
    ["key", "value"],
  ),
  tool("list_state", "List the shared state.", { prefix: text }),
  tool(
    "watch_state",
    "Be told when a key changes; a key ending in * watches a prefix.",
    { key: text, off: { type: "boolean", description: "true: stop watching" } },
    ["key"],
  ),
  tool("remember", "Keep a fact for the whole team, searchable for good.", { content: text, tags }, ["content"]),
  tool(
    "recall",
    'Search the team\'s memory. All words must match; "phrases", OR and -word work.',
    { query: text, tags, limit: count(100) },
    ["query"],
  ),
  tool("forget", "Remove a memory of yours.", { id: said("id, or its first 6+ characters") }, ["id"]),
  tool("message_status", "Show what became of a message you sent, per recipient.", { id: text }, ["id"]),
];
