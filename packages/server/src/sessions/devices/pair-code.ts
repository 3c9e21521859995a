import type { RandomBytes } from "../../ports.ts";

/** Crockford's base32: no letter that is taken for a digit or for another letter. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 8;

/** Eight characters as `XXXX-XXXX`: 40 random bits ([AUTH-6]). */
export function makePairCode(randomBytes: RandomBytes): string {
  // 256 is a multiple of 32, so every character is as likely as any other.
  const characters = Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return `${characters.slice(0, 4)}-${characters.slice(4)}`;
}

/** As a person may have typed it, in the form in which it is hashed. What is no code stays none. */
export function normalisePairCode(text: string): string {
  return text.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
}
