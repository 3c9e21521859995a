import type { SessionLog } from "../catalog.ts";

/** The log of a session that has no record yet ([SUB-2]). */
export function emptyLog(sessionId: string, logId: string): SessionLog {
  return {
    sessionId,
    logId,
    endSeq: 0,
    startSeq: 1,
    seqOf: () => Promise.resolve(undefined),
    read: () => Promise.resolve([]),
    readBackwards: async function* () {},
  };
}
