import type { HelloFrame } from "@parlatory/protocol";
import type { Identity } from "./identity.ts";
import type { OwnProfile } from "./own-profile.ts";

/** Makes a signed hello with proof of the session key ([HELLO-10]). `timestamp` in ms, on the broker's clock as far as known. */
export function createHello(identity: Identity, profile: OwnProfile, timestamp: number): HelloFrame {
  const { crypto, mesh, member, session } = identity;
  const { meshId, memberId } = mesh;
  const pubkey = member.publicKey;
  const proven =
    session === undefined
      ? {}
      : {
          sessionPubkey: session.publicKey,
          sessionProof: crypto.signSessionProof(session.secretKey, {
            meshId,
            pubkey,
            sessionPubkey: session.publicKey,
            timestamp,
          }),
        };
  return {
    type: "hello",
    meshId,
    memberId,
    pubkey,
    timestamp,
    signature: crypto.signHello(member.secretKey, { meshId, memberId, pubkey, timestamp }),
    ...proven,
    capabilities: [...identity.capabilities],
    ...profile.helloFields(),
  };
}
