import type { MeshId } from "@parlatory/protocol";
import type { RecipientRow } from "../../store/store.ts";
import { Mailbox } from "./mailbox.ts";
import type { RecipientIndex } from "./recipient-index.ts";

/** Mailboxes by recipient; only those with mail in them are in memory. */
export class MailboxTable {
  readonly recipients: RecipientIndex;
  readonly #byRid = new Map<number, Mailbox>();

  constructor(recipients: RecipientIndex) {
    this.recipients = recipients;
  }

  all(): Iterable<Mailbox> {
    return this.#byRid.values();
  }

  ensure(recipient: RecipientRow): Mailbox {
    let mailbox = this.#byRid.get(recipient.rid);
    if (mailbox === undefined) this.#byRid.set(recipient.rid, (mailbox = new Mailbox(recipient)));
    return mailbox;
  }

  byRid(rid: number): Mailbox | undefined {
    return this.#byRid.get(rid);
  }

  find(meshId: MeshId, kind: RecipientRow["kind"], key: string): Mailbox | undefined {
    const recipient = this.recipients.find(meshId, kind, key);
    return recipient === undefined ? undefined : this.#byRid.get(recipient.rid);
  }

  /** Lets go of mailboxes that hold nothing and expect nothing. */
  forgetEmpty(): void {
    for (const [rid, mailbox] of this.#byRid) {
      if (mailbox.count === 0 && mailbox.loading === undefined) this.#byRid.delete(rid);
    }
  }
}
