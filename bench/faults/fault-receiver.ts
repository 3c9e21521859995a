import type { LoadClient, Push } from "../mesh/load-client.ts";
import { decodeLetter } from "./letter.ts";
import { Link } from "./link.ts";
import type { MailAccount } from "./mail-account.ts";
import type { Target } from "./target.ts";

export interface FaultReceiverOptions {
  target: Target;
  account: MailAccount;
  open: (prepare: (client: LoadClient) => void) => Promise<LoadClient>;
}

/** A receiver that lives through everything and drops what it has handed over before ([DLV-4]). */
export class FaultReceiver {
  readonly target: Target;
  readonly link: Link;
  readonly #handled = new Set<string>();
  /** Pushes that were dropped because they came before. */
  repeats = 0;

  constructor({ target, account, open }: FaultReceiverOptions) {
    this.target = target;
    const take = (push: Push): void => {
      if (this.#handled.has(push.messageId)) {
        this.repeats++;
        return;
      }
      this.#handled.add(push.messageId);
      account.shown(target.name, decodeLetter(push.ciphertext));
    };
    this.link = new Link({ open, prepare: (client) => (client.onPush = take), ready: () => undefined });
  }
}
