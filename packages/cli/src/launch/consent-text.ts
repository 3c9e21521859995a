/** What the user agrees to before an agent is started; every sentence must be true of this very start [CLI-30]. */
import type { MessageMode } from "../mcp/message-mode.ts";

const arrival: Readonly<Record<MessageMode, string>> = {
  push: "Messages from peers reach the agent, and may start it working, without a question to you first.",
  inbox: "Notices of messages from peers reach the agent, and it may read them, without a question to you first.",
  off: "Messages from peers wait until the agent looks for them, which it may do without a question to you first.",
};

const textOnly = "Peers can send text only: they cannot run anything here, open files or answer permission prompts.";
const notYou =
  "The agent is told that it is another program's text and not yours; what it makes of it is its own choice.";

export const skipPermissionsFlag = "--dangerously-skip-permissions";

/** `agentArguments` are those the user gave for the agent. */
export function consentText(mode: MessageMode, agentArguments: readonly string[]): readonly string[] {
  return [arrival[mode], textOnly, notYou, permissionText(agentArguments)];
}

export function echoConsentText(): readonly string[] {
  return [
    "Messages from peers reach the echo peer without a question to you first, and it answers by fixed rules.",
    "Peers can send text only. At their word it writes to the mesh's state and memory and sends text; it touches nothing else.",
  ];
}

function permissionText(agentArguments: readonly string[]): string {
  if (agentArguments.includes(skipPermissionsFlag)) {
    return `Permission prompts are OFF, because you gave ${skipPermissionsFlag}: whatever a message leads the agent to do is done without asking you.`;
  }
  const mode = permissionMode(agentArguments);
  if (mode !== undefined) {
    return `Permission prompts follow your --permission-mode ${mode}; parl changes nothing about them.`;
  }
  return "Permission prompts stay on as the agent's own settings have them; parl switches none of them off.";
}

function permissionMode(agentArguments: readonly string[]): string | undefined {
  const flag = "--permission-mode";
  const index = agentArguments.findIndex((argument) => argument === flag || argument.startsWith(`${flag}=`));
  const found = agentArguments[index];
  if (found === undefined) return undefined;
  return found === flag ? (agentArguments[index + 1] ?? "") : found.slice(flag.length + 1);
}
