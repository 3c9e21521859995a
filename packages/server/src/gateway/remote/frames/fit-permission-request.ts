import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { cutLeaves } from "./cut-leaves.ts";
import { cutStrings, jsonBytes, shrinkToFit } from "./cut-strings.ts";

type PermissionRequest = RemoteServerMessageOf<"permission_request">;

/** The input is cut like `blocks`; the whole is read by `get_permission_request` ([APPROVE-9]). */
export function fitPermissionRequest(request: PermissionRequest, budget: number): PermissionRequest {
  const { input, ...rest } = request;
  const bare = shrinkToFit(cutStrings(rest), Math.floor(budget * 0.9));
  const empty: PermissionRequest = { ...bare, input: 0, input_truncated: true };
  return { ...empty, input: cutLeaves(input, budget - jsonBytes(empty) + 1) };
}
