/** Events of a followed session, as `sessions follow` and `attach` write them. Definitions only. */
import type { EventSpec, PayloadField } from "../harness/command.ts";
import { boolean, count, oneOf, string } from "../harness/json-schema.ts";
import { messageEventFields, sessionStates } from "./command-options.ts";

const sessionId: PayloadField = {
  name: "session_id",
  schema: string,
  presence: "always",
  description: "id of the session",
};

const stateFields: readonly PayloadField[] = [
  sessionId,
  { name: "state", schema: oneOf(sessionStates), presence: "always", description: "what the session does" },
  {
    name: "busy_elsewhere",
    schema: boolean,
    presence: "always",
    description: "somebody drives it without this server",
  },
];

export const sessionFeedEvents: readonly EventSpec[] = [
  {
    type: "following",
    description: "what comes from now on is written",
    fields: [
      ...stateFields,
      { name: "name", schema: string, presence: "always", description: "name of the session" },
      { name: "agent", schema: string, presence: "always", description: "agent of the session" },
    ],
  },
  {
    type: "message",
    description: "a message of the session's log, each once and in order",
    fields: messageEventFields,
  },
  { type: "state", description: "the session's state changed", fields: stateFields },
  {
    type: "gap",
    description: "messages between these two numbers cannot be had",
    fields: [
      sessionId,
      { name: "after_seq", schema: count, presence: "always", description: "the last message before the gap" },
      { name: "before_seq", schema: count, presence: "always", description: "the first message behind it" },
    ],
  },
  {
    type: "reset",
    description: "the session's record was rewritten; what follows is its new history",
    fields: [sessionId],
  },
];
