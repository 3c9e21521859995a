/** What was said in a session. */
export function Conversation({ sessionId }: { sessionId: string }) {
  return <section aria-label="Conversation" data-session={sessionId} />;
}
