/** The browser's offer to install the app, which it makes early and once: kept until a person wants it. */
export interface InstallEvent extends Event {
  prompt(): Promise<unknown>;
}

export class InstallOffer {
  readonly #listeners = new Set<() => void>();
  #event: InstallEvent | undefined;

  /** Before the browser can have made it. */
  listen(target: EventTarget): void {
    target.addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.#take(event as InstallEvent);
    });
    target.addEventListener("appinstalled", () => this.#take(undefined));
  }

  get isThere(): boolean {
    return this.#event !== undefined;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks the person; an offer can be taken up once. */
  async take(): Promise<void> {
    const event = this.#event;
    this.#take(undefined);
    await event?.prompt();
  }

  #take(event: InstallEvent | undefined): void {
    this.#event = event;
    for (const listener of this.#listeners) listener();
  }
}

/** Of this page. */
export const installOffer = new InstallOffer();
