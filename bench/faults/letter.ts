/** What a message of the fault runs says of itself, so that a receiver knows what it has without asking anybody. */
export interface Letter {
  sender: string;
  /** Name of one receiver, or `crew` for all of them. */
  to: string;
  priority: "now" | "next";
  /** Counts the letters of one sender, whoever they are to. */
  number: number;
}

/** What the gates are stated for. */
const BODY_BYTES = 256;

/** Also the `clientMessageId`. */
export function letterId({ sender, to, priority, number }: Letter): string {
  return `${sender}.${to}.${priority}.${number}`;
}

/** As a ciphertext field; the same letter gives the same text, as a resend must. */
export function encodeLetter(letter: Letter, bytes = BODY_BYTES): string {
  return Buffer.from(`${letterId(letter)} `.padEnd(bytes, "x")).toString("base64");
}

export function decodeLetter(ciphertext: string): Letter {
  return parseLetter(Buffer.from(ciphertext, "base64").toString("latin1").split(" ", 1)[0] ?? "");
}

/** The reverse of `letterId`. */
export function parseLetter(id: string): Letter {
  const [sender, to, priority, number] = id.split(".");
  if (sender === undefined || to === undefined || (priority !== "now" && priority !== "next")) {
    throw new Error(`no letter of a fault run was received, but "${id}"`);
  }
  return { sender, to, priority, number: Number(number) };
}
