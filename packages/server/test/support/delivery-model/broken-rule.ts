/** Raised when the broker did what the contract forbids; the message begins with the rule. */
export class BrokenRule extends Error {
  override readonly name = "BrokenRule";
}
