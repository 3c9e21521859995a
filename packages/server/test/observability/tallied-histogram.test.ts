import fc from "fast-check";
import { Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { TalliedHistogram } from "../../src/observability/tallied-histogram.ts";

const buckets = [0.005, 0.01, 0.5, 1, 30];
const name = "delivery_seconds";
const help = "from commit to surfaced";

test("[OBS-1] tells the same as the histogram of the library, in the same text", async () => {
  const observation = fc.record({
    label: fc.constantFrom("now", "next", "low"),
    value: fc.oneof(fc.constantFrom(...buckets, 0), fc.double({ min: 0, max: 100, noNaN: true })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(observation, { maxLength: 40 }), async (observations) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const tallied = new TalliedHistogram({ name, help, buckets, label: "priority", registry: ours });
      const library = new Histogram({ name, help, buckets, labelNames: ["priority"], registers: [theirs] });
      for (const { label, value } of observations) {
        tallied.observe(label, value);
        library.observe({ priority: label }, value);
      }
      expect(await ours.metrics()).toBe(await theirs.metrics());
    }),
  );
});
