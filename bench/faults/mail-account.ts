import { letterId, type Letter } from "./letter.ts";

export interface Verdict {
  acked: number;
  refused: number;
  /** Sent and never answered. */
  open: number;
  /** Acknowledged to the sender and not shown by as many receivers as the acknowledgement said. */
  lost: number;
  /** Shown a second time by a receiver that drops ids it has had. */
  duplicated: number;
  /** Shown first after a younger letter of the same sender and class. */
  outOfOrder: number;
  /** Refused to the sender, and shown all the same. */
  ghosts: number;
  /** A few of them, for a person who looks for the reason. */
  examples: string[];
}

interface Entry {
  state: "open" | "acked" | "refused";
  recipients: number;
  shownBy: Set<string>;
}

const MOST_EXAMPLES = 5;

/** The books of a fault run: what was promised to senders against what receivers showed. */
export class MailAccount {
  readonly #entries = new Map<string, Entry>();
  readonly #lastNumbers = new Map<string, number>();
  readonly #examples: string[] = [];
  /** Letters acknowledged so far. */
  ackedCount = 0;
  #duplicated = 0;
  #outOfOrder = 0;
  #missing = 0;

  posted(letter: Letter): void {
    this.#entry(letter);
  }

  acked(letter: Letter, recipients: number): void {
    const entry = this.#entry(letter);
    if (entry.state === "acked") return;
    entry.state = "acked";
    this.ackedCount++;
    entry.recipients = recipients;
    if (entry.shownBy.size < recipients) this.#missing++;
  }

  refused(letter: Letter): void {
    this.#entry(letter).state = "refused";
  }

  /** A receiver hands it to its user, having dropped what it had before. */
  shown(receiver: string, letter: Letter): void {
    const id = letterId(letter);
    const entry = this.#entry(letter);
    if (entry.shownBy.has(receiver)) {
      this.#duplicated++;
      this.#note(`${receiver} showed ${id} twice`);
      return;
    }
    const line = `${receiver} ${letter.sender} ${letter.priority}`;
    const last = this.#lastNumbers.get(line) ?? -1;
    if (letter.number < last) {
      this.#outOfOrder++;
      this.#note(`${receiver} showed ${id} after number ${last}`);
    } else {
      this.#lastNumbers.set(line, letter.number);
    }
    entry.shownBy.add(receiver);
    if (entry.state === "acked" && entry.shownBy.size === entry.recipients) this.#missing--;
  }

  /** Whether everything acknowledged so far was shown. */
  get isComplete(): boolean {
    return this.#missing <= 0;
  }

  /** The end of the books: to be called once. */
  verdict(): Verdict {
    const verdict: Verdict = {
      acked: 0,
      refused: 0,
      open: 0,
      lost: 0,
      duplicated: this.#duplicated,
      outOfOrder: this.#outOfOrder,
      ghosts: 0,
      examples: this.#examples,
    };
    for (const [id, { state, recipients, shownBy }] of this.#entries) {
      verdict[state]++;
      if (state === "acked" && shownBy.size < recipients) {
        verdict.lost++;
        this.#note(`${id} was acknowledged for ${recipients} and shown by ${shownBy.size}`);
      }
      if (state === "acked" && shownBy.size > recipients) {
        verdict.duplicated++;
        this.#note(`${id} was acknowledged for ${recipients} and shown by ${shownBy.size}`);
      }
      if (state === "refused" && shownBy.size > 0) {
        verdict.ghosts++;
        this.#note(`${id} was refused and shown by ${[...shownBy].join(", ")}`);
      }
    }
    return verdict;
  }

  #entry(letter: Letter): Entry {
    const id = letterId(letter);
    let entry = this.#entries.get(id);
    if (entry === undefined) this.#entries.set(id, (entry = { state: "open", recipients: 0, shownBy: new Set() }));
    return entry;
  }

  #note(example: string): void {
    if (this.#examples.length < MOST_EXAMPLES) this.#examples.push(example);
  }
}
