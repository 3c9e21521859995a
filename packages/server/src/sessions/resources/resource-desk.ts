/**
 * The port of files that clients put beside a project, for its agents to read ([RES-3] to [RES-5]). It knows files below
 * `.parlatory` of a directory and nothing of sockets, sessions or agents. Instants are milliseconds since the epoch. Refusals
 * are RemoteErrors in the contract's words.
 */

export interface ResourceDesk {
  /** Nothing of the request has been looked at yet ([RES-4]). Durable when it resolves. */
  upload(request: UploadRequest): Promise<UploadOutcome>;
  /** Newest first, from `offset` on, at most `limit`. */
  list(request: { storageLocation: string | undefined; offset: number; limit: number }): Promise<ResourcePage>;
  delete(request: { filename: string | undefined; storageLocation: string | undefined }): Promise<DeletedResource>;
  /** What a prompt brings along and its agent cannot take ([PROMPT-20]): stored like an upload. */
  saveResource(request: { storageLocation: string; filename: string; content: Uint8Array }): Promise<StoredResource>;
  /** Ends timers. */
  stop(): void;
}

export interface UploadRequest {
  /** Whose `uploadId` it is: two clients may choose the same. */
  readonly clientSessionId: string;
  readonly filename: string | undefined;
  /** Base64; of this part alone. */
  readonly content: string | undefined;
  readonly storageLocation: string | undefined;
  readonly uploadId?: string | undefined;
  readonly offset: number;
  readonly isFinal: boolean;
}

export type UploadOutcome =
  | { readonly outcome: "stored"; readonly resource: StoredResource }
  /** Answered by `ack` `Part received`. */
  | { readonly outcome: "part" };

export interface StoredResource {
  /** The name it got, which may differ from the one that was asked for ([RES-5]). */
  readonly filename: string;
  /** Relative to `storage_location`. */
  readonly path: string;
  readonly absolutePath: string;
  readonly size: number;
  readonly timestamp: number;
}

export interface ResourcePage {
  readonly storageLocation: string;
  readonly resources: readonly StoredResource[];
  readonly hasMore: boolean;
}

export interface DeletedResource {
  readonly filename: string;
  readonly path: string;
}
