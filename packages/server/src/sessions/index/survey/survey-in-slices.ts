import type { Scheduler } from "../../../ports.ts";
import { surveySteps } from "./survey-tree.ts";
import type { Survey, SurveyOptions } from "./surveyor.ts";

const SLICE_MS = 5;

/**
 * A survey on the thread that asks, which stays free for others in between: the first one of a start, so that no list
 * waits for a thread to be made.
 */
export function surveyInSlices(options: SurveyOptions, scheduler: Scheduler): Promise<Survey> {
  const steps = surveySteps(options);
  return new Promise((resolve) => {
    const slice = (): void => {
      for (const start = performance.now(); performance.now() - start < SLICE_MS;) {
        const step = steps.next();
        if (step.done === true) {
          resolve(step.value);
          return;
        }
      }
      scheduler.soon(slice);
    };
    slice();
  });
}
