/** The text-only commands that report and that try; those that list rows are beside the other commands of the inventory. */
import { prints, type OutcomeCase } from "../outcome-case.ts";
import { withoutCounts } from "../placeholders.ts";
import { withSession } from "../world/fixtures.ts";
import type { World } from "../world/world.ts";

const target = (text: string, ...options: string[]) => {
  return (world: World) => ({ place: world.place(), positionals: [text], options });
};
const failed = { status: 1 } as const;

export const reportCases: readonly OutcomeCase[] = [
  prints("manifest", "success", (world) => ({ place: world.place() }), { steady: withoutCounts }),
  prints("subsystems", "success", (world) => ({ place: world.place() }), { steady: withoutCounts }),
  prints("setup-report", "success", (world) => ({ place: world.place() })),
  prints("parity-audit", "success", (world) => ({ place: world.place() }), { steady: withoutCounts }),

  prints("remote-mode", "not-tried", target("nowhere")),
  prints("remote-mode", "failed", target("ws://user:secret@127.0.0.1:9/ws?token=secret"), failed),
  prints("ssh-mode", "not-tried", target("nowhere")),
  prints(
    "ssh-mode",
    "failed",
    (world) => ({
      place: world.place(),
      positionals: ["someone@127.0.0.1"],
      env: { PATH: "/nonexistent" },
    }),
    failed,
  ),
  prints("direct-connect-mode", "not-tried", target("nowhere")),
  prints("direct-connect-mode", "failed", target("http://127.0.0.1:9"), failed),
  prints("deep-link-mode", "success", target("parl://session/review-1")),
  prints("deep-link-mode", "not-tried", target("nowhere")),
  prints("deep-link-mode", "malformed", target("parl://nosuch/kind"), failed),
  prints("teleport-mode", "success", (world) => {
    const place = world.place();
    withSession(place);
    return { place, positionals: ["review-1"] };
  }),
  prints("teleport-mode", "not-tried", target("review-1")),
  prints("teleport-mode", "absent", target("review-1", "--output", "review.json"), failed),
];
