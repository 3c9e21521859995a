import type { Decision } from "../remote/permission-desk.ts";

/** What became of a question, by whom, in a few words ([APPROVE-2]). */
export function describeDecision({ resolution, own }: Decision): string {
  if (resolution === undefined) return "Decided while this browser was offline";
  const { reason, decision, scope, by } = resolution;
  switch (reason) {
    case "expired":
      return "Expired: nobody answered in time, so it was denied";
    case "run_ended":
      return "Not needed any more: the run has ended";
    case "server_restarted":
      return "Denied: the server was restarted";
    case "granted":
      return "Allowed: the tool was allowed for the session before";
    case "answered": {
      const what = decision === "deny" ? "Denied" : scope === "session" ? "Allowed for the session" : "Allowed";
      const late = own === "late" ? "; your answer came too late" : "";
      if (own === "stands") return `${what} by you`;
      return by === null ? `${what}${late}` : `${what} by ${by.device_name}${late}`;
    }
  }
}
