import { parseUuid } from "@parlatory/protocol/remote";
import type { PromptMode } from "@parlatory/client";

/** What a line typed into `parl attach` means. */
export type AttachLine =
  | { readonly kind: "nothing" }
  | { readonly kind: "prompt"; readonly text: string; readonly mode: PromptMode | undefined }
  | { readonly kind: (typeof plainOrders)[number] }
  | { readonly kind: "compact"; readonly instructions: string | undefined }
  | {
      readonly kind: "answer";
      readonly decision: "allow" | "deny";
      /** Absent: the oldest pending one. */
      readonly requestId: string | undefined;
      readonly scope: "once" | "session";
      readonly message: string | undefined;
    }
  /** A command of ours that lacks what it needs. */
  | { readonly kind: "incomplete"; readonly message: string };

export const attachHelp: readonly string[] = [
  "TEXT                      prompt the session; //TEXT for one that begins with a slash of ours",
  "/steer TEXT               put it into the running turn",
  "/queue TEXT               run it after what runs now",
  "/now TEXT                 interrupt the running turn and run it next",
  "/interrupt                stop the running turn",
  "/allow [ID] [session]     permit what the agent asks for; `session`: this tool from now on",
  "/deny [ID] [MESSAGE]      refuse it, and say why",
  "/compact [INSTRUCTIONS]   have the agent summarise its context",
  "/kill, /unlock            end the session's process; remove a lock of a run that is gone",
  "/quit                     leave; what runs goes on",
];

const modes: Readonly<Record<string, PromptMode>> = { "/steer": "steer", "/queue": "queue", "/now": "interrupt" };
const plainOrders = ["interrupt", "kill", "unlock", "help", "quit"] as const;

/** Slashes that are none of ours belong to the agent: they go to it as they are. */
export function parseAttachLine(line: string): AttachLine {
  const text = line.trim();
  if (text === "") return { kind: "nothing" };
  if (text.startsWith("//")) return { kind: "prompt", text: text.slice(1), mode: undefined };
  const [, word = "", rest = ""] = /^(\S+)\s*([\s\S]*)$/u.exec(text) ?? [];
  const mode = Object.hasOwn(modes, word) ? modes[word] : undefined;
  if (mode !== undefined) {
    return rest === "" ? { kind: "incomplete", message: `${word} needs a text` } : { kind: "prompt", text: rest, mode };
  }
  const order = plainOrders.find((each) => rest === "" && word === `/${each}`);
  if (order !== undefined) return { kind: order };
  if (word === "/compact") return { kind: "compact", instructions: rest === "" ? undefined : rest };
  if (word === "/allow" || word === "/deny") return parseAnswer(word === "/allow" ? "allow" : "deny", rest);
  return { kind: "prompt", text, mode: undefined };
}

function parseAnswer(decision: "allow" | "deny", rest: string): AttachLine {
  const [first = "", ...more] = rest.split(/\s+/u);
  const requestId = parseUuid(first);
  const left = requestId === undefined ? rest : more.join(" ");
  if (decision === "deny") {
    return { kind: "answer", decision, requestId, scope: "once", message: left === "" ? undefined : left };
  }
  if (left !== "" && left !== "session") {
    return { kind: "incomplete", message: "/allow takes an id and the word `session`, nothing else" };
  }
  return { kind: "answer", decision, requestId, scope: left === "session" ? "session" : "once", message: undefined };
}
