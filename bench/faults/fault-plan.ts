/** How much of each fault a run has. */
export interface FaultPlan {
  sqliteKills: number;
  postgresKills: number;
  receiverKills: number;
  /** Of the first 60 frames, every so many is cut behind. */
  cutEvery: number;
  diskFullMs: number;
  databaseAwayMs: number;
  stops: number;
}

/** What [PERF-4] and [PERF-5] ask for. */
export const FULL: FaultPlan = {
  sqliteKills: 20,
  postgresKills: 8,
  receiverKills: 10,
  cutEvery: 1,
  diskFullMs: 6_000,
  databaseAwayMs: 8_000,
  stops: 5,
};

/** Each fault often enough to be met; longer outages than the broker waits for its database. */
export const QUICK: FaultPlan = {
  sqliteKills: 3,
  postgresKills: 2,
  receiverKills: 2,
  cutEvery: 9,
  diskFullMs: 1_000,
  databaseAwayMs: 4_500,
  stops: 2,
};
