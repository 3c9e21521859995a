import { PageHead } from "../design/page-head.tsx";

export function NewSessionPage() {
  return <PageHead title="New session" />;
}
