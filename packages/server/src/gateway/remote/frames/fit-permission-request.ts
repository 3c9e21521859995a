import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { cutBlocks } from "../../../sessions/history/cut-blocks.ts";
import { cutStrings, jsonBytes, shrinkToFit } from "./cut-strings.ts";

type PermissionRequest = RemoteServerMessageOf<"permission_request">;

/** The input is cut like `blocks`; the whole is read by `get_permission_request` ([APPROVE-9]). */
export function fitPermissionRequest(request: PermissionRequest, budget: number): PermissionRequest {
  const { input, ...rest } = request;
  const bare = shrinkToFit(cutStrings(rest), Math.floor(budget * 0.9));
  const empty: PermissionRequest = { ...bare, input: 0, input_truncated: true };
  return { ...empty, input: cutInput(input, budget - jsonBytes(empty) + 1) };
}

/** As the only block of a message would be. */
function cutInput(input: unknown, maxJsonBytes: number): unknown {
  const block = { type: "tool_use" as const, id: "", name: "", input };
  const [cut] = cutBlocks([block], maxJsonBytes + jsonBytes([{ ...block, input: 0 }]) - 1).blocks;
  return cut?.type === "tool_use" ? cut.input : `[omitted ${jsonBytes(input)} bytes]`;
}
