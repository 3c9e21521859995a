import { PageHead } from "../design/page-head.tsx";

export function SessionsPage() {
  return <PageHead title="Sessions" />;
}
