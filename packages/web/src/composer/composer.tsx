import type { RemoteSessionDetail } from "@parlatory/protocol/remote";

/** Where one writes to a session. */
export function Composer({ sessionId }: { sessionId: string; session: RemoteSessionDetail | undefined }) {
  return <form aria-label="Prompt" data-session={sessionId} />;
}
