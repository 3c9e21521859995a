import type { Routes } from "../route.ts";

type BoardRequests = "get_state" | "set_state" | "list_state" | "remember" | "recall" | "list_memories" | "forget";

/** Sections 10 and 11. */
export const BOARD_ROUTES: Routes<BoardRequests> = {
  get_state: {
    needsStore: true,
    handle: async ({ presence, services }, frame) => ({
      type: "state_result",
      ...(await services.states.read(presence.meshId, frame.key)),
    }),
    emptyReply: (frame) => ({
      type: "state_result",
      key: frame?.key ?? "",
      value: null,
      updatedBy: "",
      updatedAt: "",
      version: 0,
    }),
  },
  set_state: {
    needsStore: true,
    isQuiet: true,
    waitsForSends: true,
    handle: async ({ presence, services }, frame) => ({
      type: "state_result",
      ...(await services.states.write({
        mesh: presence.meshId,
        key: frame.key,
        value: frame.value,
        ifVersion: frame.ifVersion,
        by: { name: presence.displayName, presence: presence.id, member: presence.memberId },
      })),
    }),
  },
  list_state: {
    needsStore: true,
    handle: async ({ presence, services }, frame) => ({
      type: "state_list",
      entries: await services.states.list(presence.meshId, frame.prefix ?? ""),
    }),
    emptyReply: () => ({ type: "state_list", entries: [] }),
  },
  remember: {
    needsStore: true,
    waitsForSends: true,
    handle: async ({ presence, services }, frame) => ({
      type: "memory_stored",
      ...(await services.memories.remember(presence, frame.content, frame.tags)),
    }),
  },
  recall: {
    needsStore: true,
    handle: async ({ presence, services }, frame) => ({
      type: "memory_results",
      memories: await services.memories.recall(presence.meshId, frame.query, frame.tags, frame.limit),
    }),
    emptyReply: () => ({ type: "memory_results", memories: [] }),
  },
  list_memories: {
    needsStore: true,
    handle: async ({ presence, services }, frame) => ({
      type: "memory_list",
      ...(await services.memories.list(presence.meshId, frame.limit, frame.before)),
    }),
  },
  forget: {
    needsStore: true,
    waitsForSends: true,
    handle: async ({ presence, services }, frame) => {
      const { id } = await services.memories.forget(presence, frame.memoryId);
      // The old form of the answer, for clients that know no request ids.
      if (frame._reqId === undefined) {
        return { type: "ack", id: frame.memoryId, messageId: frame.memoryId, queued: false };
      }
      return { type: "ok", op: "forget", memoryId: id };
    },
  },
};
