import type { Platform } from "../platform.ts";

const DELAYS_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;
/** Of the mesh ([HELLO-9]). */
const MESH_JITTER = 0.2;

/**
 * Milliseconds before the next try after `failures` failures in a row (from 1): 1, 2, 4, 8, 16, 30, 30… s, more or less by
 * the part `jitter` ([HELLO-9], [CLIENT-1]). `random` is in [0, 1).
 */
export function reconnectDelay(failures: number, random: number, jitter: number = MESH_JITTER): number {
  const base = DELAYS_MS[Math.min(failures, DELAYS_MS.length) - 1] ?? DELAYS_MS[0];
  return Math.round(base * (1 - jitter + 2 * jitter * random));
}

/** In [0, 1), of the platform's own randomness. */
export function randomFraction(platform: Pick<Platform, "randomBytes">): number {
  const [high = 0, low = 0] = platform.randomBytes(2);
  return (high * 256 + low) / 65_536;
}
