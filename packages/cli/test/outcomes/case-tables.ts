/** All cases, by what they need to run. */
import type { OutcomeCase } from "./outcome-case.ts";
import { boardCases } from "./cases/boards.ts";
import { membershipCases } from "./cases/membership.ts";
import { serverCases } from "./cases/server.ts";
import { talkingCases } from "./cases/talking.ts";
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
export const harnessCaseTables: CaseTables = {};

export const usageCaseTables: CaseTables = { usage: usageCases };

export const allCases: readonly OutcomeCase[] = [meshCaseTables, harnessCaseTables, usageCaseTables].flatMap((tables) =>
  Object.values(tables).flat(),
);
