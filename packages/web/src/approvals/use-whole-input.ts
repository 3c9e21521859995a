import type { PermissionRequest } from "@parlatory/client";
import { useQuery } from "@tanstack/react-query";
import { useRemote } from "../remote/remote-context.ts";
import { remoteKeys } from "../remote/remote-keys.ts";

export interface WholeInput {
  readonly input: unknown;
  /** False: only what came with the question is known, in which texts are cut ([APPROVE-9]). */
  readonly isWhole: boolean;
  readonly error: Error | undefined;
  readonly retry: () => void;
}

/** The input of a question; when it came cut, the whole is fetched. */
export function useWholeInput(request: PermissionRequest): WholeInput {
  const { client } = useRemote();
  const isCut = request.input_truncated === true;
  const { data, error, refetch } = useQuery({
    queryKey: remoteKeys.permissionInput(request.request_id),
    queryFn: async () => ({ input: await client.permissions.wholeInput(request.request_id) }),
    enabled: isCut,
  });
  return {
    input: data === undefined ? request.input : data.input,
    isWhole: !isCut || data !== undefined,
    error: error ?? undefined,
    retry: () => void refetch(),
  };
}
