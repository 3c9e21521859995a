export interface ReadEvent {
  id: number | undefined;
  event: string;
  data: Record<string, unknown>;
}

/** Reads a stream of server-sent events as a browser does. */
export class EventReader {
  readonly events: ReadEvent[] = [];
  comments = 0;
  isEnded = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  /** Reads on until `isEnough` or the end. */
  async readUntil(isEnough: (events: ReadEvent[]) => boolean): Promise<ReadEvent[]> {
    while (!isEnough(this.events) && !this.isEnded) await this.readChunk();
    return this.events;
  }

  async readChunk(): Promise<void> {
    const { done, value } = await this.#reader.read();
    if (done) {
      this.isEnded = true;
      return;
    }
    const blocks = (this.#rest + this.#decoder.decode(value, { stream: true })).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    for (const block of blocks) this.#take(block);
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }

  /** Events that have an id: those of the mesh. */
  get numbered(): ReadEvent[] {
    return this.events.filter(({ id }) => id !== undefined);
  }

  #take(block: string): void {
    let id: number | undefined;
    let event = "message";
    let data = "";
    for (const line of block.split("\n")) {
      if (line.startsWith(":")) this.comments++;
      else if (line.startsWith("id: ")) id = Number(line.slice(4));
      else if (line.startsWith("event: ")) event = line.slice(7);
      else if (line.startsWith("data: ")) data += line.slice(6);
      else throw new Error(`no line of an event stream: ${line}`);
    }
    if (data !== "") this.events.push({ id, event, data: JSON.parse(data) as Record<string, unknown> });
  }
}
