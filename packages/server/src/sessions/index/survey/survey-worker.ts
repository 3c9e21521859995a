/** Thread that looks at the tree when it is asked to, and answers what it saw. */
import { parentPort, workerData } from "node:worker_threads";
import { SurveyEncoder } from "./survey-encoding.ts";
import { surveyTree } from "./survey-tree.ts";
import type { SurveyOptions } from "./surveyor.ts";

const port = parentPort;
if (port === null) throw new Error("Invariant broken: the survey must be started as a thread");
const options = workerData as SurveyOptions;
const encoder = new SurveyEncoder();
port.on("message", (question: "survey" | "close") => {
  if (question === "close") {
    port.close();
    return;
  }
  const survey = encoder.encode(surveyTree(options));
  port.postMessage(survey, [survey.numbers.buffer]);
});
