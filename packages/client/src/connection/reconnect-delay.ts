const DELAYS_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;
const JITTER = 0.2;

/** Milliseconds before the next try after `failures` failures in a row (from 1): 1, 2, 4, 8, 16, 30, 30… s ± 20 % ([HELLO-9]). `random` is in [0, 1). */
export function reconnectDelay(failures: number, random: number): number {
  const base = DELAYS_MS[Math.min(failures, DELAYS_MS.length) - 1] ?? DELAYS_MS[0];
  return Math.round(base * (1 - JITTER + 2 * JITTER * random));
}
