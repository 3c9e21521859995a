import { PageHead } from "../design/page-head.tsx";

export function ApprovalsPage() {
  return <PageHead title="Approvals" />;
}
