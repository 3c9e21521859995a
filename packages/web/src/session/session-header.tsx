import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import { PageHead } from "../design/page-head.tsx";

export function SessionHeader({ sessionId, session }: { sessionId: string; session: RemoteSessionDetail | undefined }) {
  return <PageHead title={session?.name ?? sessionId} />;
}
