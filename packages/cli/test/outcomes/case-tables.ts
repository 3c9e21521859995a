/** All cases, by what they need to run. */
import type { OutcomeCase } from "./outcome-case.ts";
import { boardCases } from "./cases/boards.ts";
import { inventoryCases } from "./cases/inventory.ts";
import { membershipCases } from "./cases/membership.ts";
import { remoteCases } from "./cases/remote.ts";
import { reportCases } from "./cases/reports.ts";
import { serverCases } from "./cases/server.ts";
import { sessionCases } from "./cases/sessions.ts";
import { talkingCases } from "./cases/talking.ts";
import { turnCases } from "./cases/turns.ts";
import { usageCases } from "./cases/usage.ts";

export type CaseTables = Readonly<Record<string, readonly OutcomeCase[]>>;

/** These need the server of the world. */
export const meshCaseTables: CaseTables = {
  talking: talkingCases,
  boards: boardCases,
  membership: membershipCases,
  server: serverCases,
};

/** These need no server. */
export const harnessCaseTables: CaseTables = {
  sessions: sessionCases,
  inventory: inventoryCases,
  turns: turnCases,
  reports: reportCases,
  remote: remoteCases,
};

export const usageCaseTables: CaseTables = { usage: usageCases };

export const allCases: readonly OutcomeCase[] = [meshCaseTables, harnessCaseTables, usageCaseTables].flatMap((tables) =>
  Object.values(tables).flat(),
);
