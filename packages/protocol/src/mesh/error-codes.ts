/**
 * Every code the mesh puts on the wire. `retryable`: the same request may succeed later without change.
 * Sources: general codes and hello refusals (sections 2, 3), [SEND-5], [INV-7].
 */
export const MESH_ERROR_CODES = {
  bad_json: { retryable: false, message: "the frame is not a JSON object with a string `type`" },
  bad_frame: { retryable: false, message: "binary frames are not part of this protocol; send JSON text" },
  unknown_type: { retryable: false, message: "no request has this `type`" },
  bad_request: { retryable: false, message: "a field is missing or has the wrong form" },
  no_hello: { retryable: false, message: "the first frame of a connection must be `hello`" },
  already_hello: { retryable: false, message: "this connection has said hello already" },
  not_found: { retryable: false, message: "nothing here has this id" },
  ambiguous: { retryable: false, message: "the prefix fits more than one; give more characters" },
  forbidden: { retryable: false, message: "this member may not do that" },
  version_conflict: { retryable: false, message: "somebody else wrote first; read `current` and try again" },
  value_too_large: { retryable: false, message: "the value is larger than `limit` bytes" },
  limit_reached: { retryable: false, message: "there are already `limit` of these" },
  bad_group: {
    retryable: false,
    message: "a group name is 1-64 characters of A-Z a-z 0-9 . _ / - and starts with a letter or digit",
  },
  reserved_group: { retryable: false, message: "everybody is in `all`; it can be neither joined nor left" },
  rate_limited: { retryable: true, message: "too many; wait `retryAfterMs`" },
  storage_unavailable: { retryable: true, message: "the database does not answer; try again" },
  internal: { retryable: false, message: "the broker failed; its log has the reason" },

  malformed: { retryable: false, message: "a field of the hello is missing or has the wrong form" },
  timestamp_skew: { retryable: true, message: "the clocks differ by more than 60 s; `serverTime` is ours" },
  bad_signature: { retryable: false, message: "the signature does not verify" },
  replayed: { retryable: true, message: "this hello was seen before; sign a new timestamp" },
  unauthorized: { retryable: false, message: "no member of this mesh has this id and key" },
  revoked: { retryable: false, message: "this member was removed from the mesh" },
  bad_session_proof: { retryable: false, message: "`sessionProof` does not verify with `sessionPubkey`" },
  session_proof_required: { retryable: false, message: "`sessionPubkey` needs a `sessionProof` here" },
  session_key_taken: { retryable: false, message: "this session key belongs to another member" },
  capacity: { retryable: true, message: "the mesh has as many live sessions as its policy allows" },
  hello_timeout: { retryable: true, message: "no hello came within the time allowed" },
  too_many_errors: { retryable: true, message: "too many refused frames in a short time" },
  slow_consumer: { retryable: true, message: "the connection did not read what was sent" },

  unknown_recipient: { retryable: false, message: "no session or member has this key; clients resolve names" },
  self_recipient: { retryable: false, message: "a session cannot send to itself" },
  channel_unsupported: { retryable: false, message: "there are no channels; use @group or *" },
  bad_target: { retryable: false, message: "`@` needs a group name" },
  empty_group: { retryable: false, message: "nobody else is there to receive this" },
  bad_priority: { retryable: false, message: "priority is now, next or low" },
  too_large: { retryable: false, message: "the ciphertext is larger than `limit` bytes" },
  mailbox_full: { retryable: true, message: "the recipient has too much unread mail" },
  id_conflict: { retryable: false, message: "this clientMessageId was used for another message" },
  plaintext_forbidden: { retryable: false, message: "this mesh does not allow unencrypted group messages" },
  recipients_lack_encryption: { retryable: false, message: "some recipients cannot open encrypted group messages" },
  shutting_down: { retryable: true, message: "the broker is stopping; send again after reconnecting" },

  invite_malformed: { retryable: false, message: "this is not an invite" },
  invite_bad_signature: { retryable: false, message: "the invite was changed after it was signed" },
  invite_owner_mismatch: { retryable: false, message: "the invite is not signed by the owner of this mesh" },
  invite_not_found: { retryable: false, message: "the broker does not know this invite" },
  invite_mesh_mismatch: { retryable: false, message: "the invite belongs to another mesh" },
  invite_revoked: { retryable: false, message: "the invite was revoked" },
  invite_expired: { retryable: false, message: "the invite has expired; ask for a new one" },
  invite_exhausted: { retryable: false, message: "the invite has been used as often as it allows" },
  mesh_not_found: { retryable: false, message: "the broker has no such mesh" },
  member_revoked: { retryable: false, message: "this key was removed from the mesh and cannot join again" },
} as const satisfies Record<string, { retryable: boolean; message: string }>;

export type MeshErrorCode = keyof typeof MESH_ERROR_CODES;

/** Extra fields an error frame or negative ack may carry. */
export interface MeshErrorDetail {
  field?: string;
  limit?: number;
  retryAfterMs?: number;
  serverTime?: number;
  current?: unknown;
  allowPlaintext?: boolean;
}

/** A request that cannot be carried out, said to the peer by code. Thrown inside the broker, converted once at each edge. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: MeshErrorCode;
  readonly detail: MeshErrorDetail;

  constructor(code: MeshErrorCode, message?: string, detail: MeshErrorDetail = {}, options?: ErrorOptions) {
    super(message ?? MESH_ERROR_CODES[code].message, options);
    this.code = code;
    this.detail = detail;
  }

  get retryable(): boolean {
    return MESH_ERROR_CODES[this.code].retryable;
  }
}
