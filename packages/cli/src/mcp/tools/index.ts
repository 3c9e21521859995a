import type { RunTool } from "../tool-call.ts";
import { checkMessages } from "./check-messages.ts";
import { memoryTools } from "./memory-tools.ts";
import { presenceTools } from "./presence-tools.ts";
import { messageStatus, sendMessage } from "./send-message.ts";
import { stateTools } from "./state-tools.ts";

/** What runs for each of the tools in `tool-definitions.ts`. */
export const toolRunners: Readonly<Record<string, RunTool>> = {
  send_message: sendMessage,
  check_messages: checkMessages,
  ...presenceTools,
  ...stateTools,
  ...memoryTools,
  message_status: messageStatus,
};
