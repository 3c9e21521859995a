import { PageHead } from "../design/page-head.tsx";

export function SettingsPage() {
  return <PageHead title="Settings" />;
}
