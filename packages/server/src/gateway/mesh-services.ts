import type { Delivery } from "../mesh/delivery/delivery.ts";
import type { Hellos } from "../mesh/hello.ts";
import type { MemoryBoard } from "../mesh/memory-board.ts";
import type { PeerList } from "../mesh/peer-list.ts";
import type { Presences } from "../mesh/presences.ts";
import type { StateBoard } from "../mesh/state-board.ts";

/** What frames are turned into calls of. */
export interface MeshServices {
  readonly hellos: Pick<Hellos, "greet">;
  readonly presences: Presences;
  readonly peerList: PeerList;
  readonly delivery: Delivery;
  readonly states: StateBoard;
  readonly memories: MemoryBoard;
}
