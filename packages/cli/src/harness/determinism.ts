/** Time and ids of one run, with the overrides of the tests [DET-2], [DET-3]. */
import type { CommandEnvironment } from "./environment.ts";
import type { CliHost } from "./host.ts";
import { quoteValue } from "../output/escape.ts";

export interface Determinism {
  readonly now: () => Date;
  readonly durationMs: (sinceMonotonicMs: number) => number;
  readonly newId: () => string;
  /** What is faked: `clock`, `ids`, `engine`; every envelope names it. */
  readonly overrides: readonly string[];
  /** An override that cannot be used is a usage error naming the variable. */
  readonly problem: string | undefined;
}

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/u;
const idLength = 32;

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

export function createDeterminism(
  host: Pick<CliHost, "systemTime" | "monotonicMs" | "randomBytes" | "sha256">,
  environment: CommandEnvironment,
): Determinism {
  const { clock, seedIds, testEngine } = environment;
  const clockTime = isSet(clock) && instant.test(clock) ? Date.parse(clock) : Number.NaN;
  const clockIsValid = !Number.isNaN(clockTime);
  const clockIsFixed = isSet(clock) && clockIsValid;
  let issued = 0;
  return {
    now: () => (clockIsFixed ? new Date(clockTime) : host.systemTime()),
    durationMs: (since) => (clockIsFixed ? 0 : Math.max(0, Math.round(host.monotonicMs() - since))),
    newId: () => {
      issued += 1;
      if (isSet(seedIds)) return host.sha256(`${seedIds}:${issued}`).slice(0, idLength);
      return Buffer.from(host.randomBytes(idLength / 2)).toString("hex");
    },
    overrides: [
      ...(clockIsFixed ? ["clock"] : []),
      ...(isSet(seedIds) ? ["ids"] : []),
      ...(isSet(testEngine) ? ["engine"] : []),
    ],
    problem:
      isSet(clock) && !clockIsValid
        ? `environment variable PARL_CLOCK: invalid time: ${quoteValue(clock)} (expected YYYY-MM-DDTHH:MM:SSZ)`
        : undefined,
  };
}
