/** A client session that has open sockets: what they share ([CONN-7]). The durable part of it lies in the store ([RDLV-7]). */
export class ClientSession<Member> {
  readonly id: string;
  readonly peers = new Set<Member>();
  /** Whose first `connect` is still carried out: they miss no result ([RDLV-3]). */
  readonly joining = new Set<Member>();
  readonly hidden = new Set<string>();
  /** What the store has of it was read. */
  isLoaded = false;
  directory: string | undefined;
  currentSessionId: string | undefined;

  constructor(id: string) {
    this.id = id;
  }
}
