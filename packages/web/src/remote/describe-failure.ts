import { RemoteRequestError } from "@parlatory/client";

/** Why something could not be done, and what helps, in a sentence or two. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof RemoteRequestError)) return error instanceof Error ? error.message : String(error);
  switch (error.code) {
    case "server_unreachable":
      return "There is no connection to the server. Try again when it is back.";
    case "connection_lost":
      return "The connection was lost before the server answered. Look whether it was done, then try again.";
    case "no_answer":
      return "The server did not answer in time. Try again.";
    default:
      return error.message;
  }
}
