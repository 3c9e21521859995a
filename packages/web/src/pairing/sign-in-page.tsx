import type { RemoteAccess } from "../remote/remote-access.ts";

/** `isRefused`: the key that was used is not valid any more. */
export function SignInPage(props: { isRefused: boolean; onAccess: (access: RemoteAccess) => void }) {
  return <p>{props.isRefused ? "refused" : "sign in"}</p>;
}
