import type { Scheduler } from "../../../ports.ts";
import { surveySteps } from "./survey-tree.ts";
import type { SeenFile, Survey, SurveyOptions } from "./surveyor.ts";

const SLICE_MS = 5;

/**
 * A survey on the thread that asks, which stays free for others in between: the first one of a start, so that no list
 * waits for a thread to be made. The files of each slice are told as it ends, so that reading begins meanwhile.
 */
export function surveyInSlices(
  options: SurveyOptions,
  scheduler: Scheduler,
  onFiles: (files: readonly SeenFile[]) => void,
): Promise<Survey> {
  const steps = surveySteps(options);
  return new Promise((resolve) => {
    let told = 0;
    const slice = (): void => {
      const start = performance.now();
      let files: readonly SeenFile[];
      do {
        const step = steps.next();
        if (step.done === true) {
          onFiles(step.value.files.slice(told));
          resolve(step.value);
          return;
        }
        files = step.value;
        // The very first files are told at once: threads that read them start meanwhile.
        if (told === 0 && files.length > 0) break;
      } while (performance.now() - start < SLICE_MS);
      onFiles(files.slice(told));
      told = files.length;
      scheduler.soon(slice);
    };
    slice();
  });
}
