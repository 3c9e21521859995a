/** From where a delivery stands to what comes next and what a person can do [CLI-20]; the states are those of section 6. */
import type { DeliveryState, Priority } from "@parlatory/protocol";

export interface Outlook {
  /** What happens by itself. */
  readonly nextEvent: string;
  readonly advice: string;
}

export interface Delivery {
  readonly state: DeliveryState;
  readonly reason: string | undefined;
  readonly priority: Priority;
}

export function outlookOf({ state, reason, priority }: Delivery): Outlook {
  const ttl = priority === "now" ? "1 day" : "7 days";
  const expiry = `, or it expires ${ttl} after it was accepted`;
  switch (state) {
    case "accepted":
      return { nextEvent: "the server finishes the commit and offers it", advice: "wait a moment, then look again" };
    case "stored":
      return reason === "reconnecting"
        ? {
            nextEvent: `it is offered as soon as the recipient reconnects${expiry}`,
            advice: "nothing; the connection was lost a moment ago",
          }
        : {
            nextEvent: `it is offered when the recipient connects${expiry}`,
            advice: "nothing, or start the recipient's agent; `parl peers --all` shows when it was last seen",
          };
    case "held":
      return heldOutlook(reason, expiry);
    case "offered":
      return {
        nextEvent: `the recipient says it has surfaced it, else it is offered again${expiry}`,
        advice: "nothing; the recipient has it and its agent has not shown it yet",
      };
    case "surfaced":
      return { nextEvent: "", advice: "nothing; the recipient has seen it" };
    case "replied":
      return {
        nextEvent: "",
        advice:
          reason === undefined
            ? "nothing; the recipient answered"
            : `nothing; the recipient answered with message ${reason}`,
      };
    case "expired":
      return { nextEvent: "", advice: `send it again if it still matters; nobody fetched it for ${ttl}` };
    case "refused":
      return { nextEvent: "", advice: refusedAdvice[reason ?? ""] ?? "send it again, or by another way" };
    case "dead":
      return { nextEvent: "", advice: deadAdvice[reason ?? ""] ?? "send it again, or by another way" };
  }
}

function heldOutlook(reason: string | undefined, expiry: string): Outlook {
  switch (reason) {
    case "gate_working":
      return {
        nextEvent: `it is offered when the recipient turns idle${expiry}`,
        advice: "wait, or send with `--priority now` if it must interrupt",
      };
    case "gate_dnd":
      return {
        nextEvent: `it is offered when the recipient leaves do-not-disturb${expiry}`,
        advice: "wait, or send with `--priority now` if it must interrupt",
      };
    case "pull_only":
      return {
        nextEvent: `it is offered when the recipient asks for its mail${expiry}`,
        advice: "wait, or send with `--priority next` if it should arrive by itself",
      };
    case "window_full":
      return {
        nextEvent: `it is offered when the recipient has acknowledged earlier messages${expiry}`,
        advice: "wait; if nothing moves, the recipient's client hangs",
      };
    default:
      return { nextEvent: `it is offered when the recipient can take it${expiry}`, advice: "wait, then look again" };
  }
}

const refusedAdvice: Readonly<Record<string, string>> = {
  mailbox_full: "send it again when the recipient has read its mail",
  cannot_decrypt: "update the recipient's client, or send to it directly",
  undecryptable: "send to the key `parl peers` shows now; the recipient no longer has the one this was encrypted to",
  policy: "send something the recipient's client accepts",
};

const deadAdvice: Readonly<Record<string, string>> = {
  max_offers: "check the recipient's client, then send again; it took the message several times without an answer",
  recipient_revoked: "nothing; the recipient was removed from the mesh",
  mesh_archived: "nothing; the mesh was archived",
  presence_ended: "send again; that session ended before it came back",
};
