import type { BusyMode } from "./prompt-desk.ts";

export interface BusyChoice {
  readonly mode: BusyMode;
  /** On the button that does it. */
  readonly label: string;
  /** In one line. */
  readonly explanation: string;
}

const queue: BusyChoice = {
  mode: "queue",
  label: "Queue",
  explanation: "Runs when the session is free, after what is queued already.",
};
const steer: BusyChoice = {
  mode: "steer",
  label: "Steer",
  explanation: "Goes into the running turn at its next step; queued where the agent cannot take it.",
};
const interrupt: BusyChoice = {
  mode: "interrupt",
  label: "Interrupt",
  explanation: "Stops the running turn and runs next, before what is queued.",
};
const force: BusyChoice = {
  mode: "force",
  label: "Run anyway",
  explanation: "Runs now, beside whatever drives this session. Both may write over each other’s work.",
};

/**
 * What one can do with a prompt for a busy session ([PROMPT-10]), the first unless something else is chosen. In one that is
 * driven elsewhere nothing can be steered ([LOCK-9]).
 */
export function busyChoices(isElsewhere: boolean): readonly [BusyChoice, ...BusyChoice[]] {
  return isElsewhere ? [queue, force] : [queue, steer, interrupt];
}
