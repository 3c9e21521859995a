import { REMOTE_LIMITS } from "@parlatory/protocol/remote";

const SECOND_MS = 1_000;

/** Notices a socket that sends more frames a second than are taken, second after second ([RLIM-6]). */
export class FloodGuard {
  #second = Number.NEGATIVE_INFINITY;
  #frames = 0;
  #crowdedSeconds = 0;

  /** Notes one frame. Above 0: for so many milliseconds nothing more is to be read. */
  note(now: number): number {
    const second = Math.floor(now / SECOND_MS);
    if (second !== this.#second) {
      const isNext = second === this.#second + 1;
      this.#crowdedSeconds = isNext && this.#frames > REMOTE_LIMITS.framesPerSecond ? this.#crowdedSeconds + 1 : 0;
      this.#second = second;
      this.#frames = 0;
    }
    this.#frames++;
    const isFlood = this.#crowdedSeconds * SECOND_MS >= REMOTE_LIMITS.floodMs;
    return isFlood && this.#frames > REMOTE_LIMITS.framesPerSecond ? (second + 1) * SECOND_MS - now : 0;
  }
}
