import { fuzzyScore } from "./fuzzy-score.ts";

export interface PaletteChoice {
  /** The same over reloads, so that it is known as one chosen before. */
  readonly id: string;
  readonly kind: "Place" | "Session" | "Command" | "Peer" | "Action";
  readonly label: string;
  /** Found too, but less well than the label. */
  readonly detail?: string | undefined;
  /** What it answers is waited for; a rejection is told. */
  readonly run: () => void | Promise<void>;
}

const MOST = 50;
const RECENT_BONUS = 40;

/** What answers the query, the best first; among equals what was chosen last. */
export function rankChoices(
  choices: readonly PaletteChoice[],
  query: string,
  recent: readonly string[],
): readonly PaletteChoice[] {
  const scored = choices.flatMap((choice, order) => {
    const label = fuzzyScore(query, choice.label);
    const detail = fuzzyScore(query, `${choice.label} ${choice.detail ?? ""}`);
    const score = Math.max(label ?? -Infinity, (detail ?? -Infinity) - 10);
    if (score === -Infinity) return [];
    const place = recent.indexOf(choice.id);
    return [{ choice, order, score: score + (place === -1 ? 0 : RECENT_BONUS - place) }];
  });
  return scored
    .toSorted((left, right) => right.score - left.score || left.order - right.order)
    .slice(0, MOST)
    .map(({ choice }) => choice);
}
