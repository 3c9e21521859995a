import { PageHead } from "../design/page-head.tsx";

export function DevicesPage() {
  return <PageHead title="Devices" />;
}
