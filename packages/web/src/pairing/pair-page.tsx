import { PageHead } from "../design/page-head.tsx";

export function PairPage() {
  return <PageHead title="Pair" />;
}
