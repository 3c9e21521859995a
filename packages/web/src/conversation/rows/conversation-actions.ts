import { createContext, use } from "react";

/** What rows can do beside showing something. */
export interface ConversationActions {
  /** The server can be asked now. */
  readonly isOnline: boolean;
  /** Asks again for messages that are missing. */
  readonly loadMissing: () => void;
  /** The server still has something between these numbers that is not here. */
  readonly isMissing: (afterSeq: number, beforeSeq: number) => boolean;
  readonly takeBack: (promptId: string) => Promise<void>;
}

export const ConversationActionsContext = createContext<ConversationActions>({
  isOnline: false,
  loadMissing: () => undefined,
  isMissing: () => false,
  takeBack: () => Promise.resolve(),
});

export function useConversationActions(): ConversationActions {
  return use(ConversationActionsContext);
}
