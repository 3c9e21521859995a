import { defineConfig } from "vitest/config";

// `npm test` runs `unit` and `scripts`; `npm run test:e2e` runs `e2e` (real processes, real agents).
export default defineConfig({
  test: {
    reporters: ["default", "./scripts/strict-reporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.ts"],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          detectAsyncLeaks: true, // scripts/strict-reporter.ts fails the run for a leak
        },
      },
      {
        // Without leak detection: the native parser that the layering test loads keeps a handle of its own.
        test: { name: "scripts", include: ["scripts/test/**/*.test.ts"], testTimeout: 20_000 },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
