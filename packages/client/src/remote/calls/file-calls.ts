import { encodeBase64 } from "@parlatory/protocol";
import type { RemoteResource, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { RemoteRequests } from "../requests/remote-requests.ts";

export interface FileUpload {
  /** One name, no path ([RES-3]). */
  readonly filename: string;
  /** The directory whose resources it goes to. */
  readonly storageLocation: string;
  readonly bytes: Uint8Array;
  /** How much is at the server. */
  readonly progress?: ((sentBytes: number) => void) | undefined;
}

/** In base64 and as a frame well below every inbound limit ([RLIM-6]). */
const PART_BYTES = 4 * 1024 * 1024;
const PART_MS = 60_000;

/** Files for agents, kept beside the project ([RES-3] to [RES-5]). All reject with `RemoteRequestError`. */
export class FileCalls {
  readonly #requests: RemoteRequests;
  readonly #createId: () => string;

  constructor(requests: RemoteRequests, createId: () => string) {
    this.#requests = requests;
    this.#createId = createId;
  }

  /** In parts, one after the other; the file appears when the last one has come. */
  async upload(file: FileUpload): Promise<RemoteServerMessageOf<"file_uploaded">> {
    const { filename, storageLocation, bytes, progress } = file;
    const base = { type: "upload_file", filename, storage_location: storageLocation } as const;
    const parts = bytes.length > PART_BYTES ? { upload_id: this.#createId() } : {};
    let offset = 0;
    for (; bytes.length - offset > PART_BYTES; offset += PART_BYTES) {
      const content = encodeBase64(bytes.subarray(offset, offset + PART_BYTES));
      await this.#requests.ask({
        message: { ...base, ...parts, content, offset, final: false },
        answer: "ack",
        limitMs: PART_MS,
      });
      progress?.(offset + PART_BYTES);
    }
    const uploaded = await this.#requests.ask({
      message: { ...base, ...parts, content: encodeBase64(bytes.subarray(offset)), offset, final: true },
      answer: "file_uploaded",
      limitMs: PART_MS,
    });
    progress?.(bytes.length);
    return uploaded;
  }

  /** Newest first, all of them. */
  async list(storageLocation: string): Promise<readonly RemoteResource[]> {
    const resources: RemoteResource[] = [];
    for (let hasMore = true; hasMore;) {
      const page: RemoteServerMessageOf<"resources_list"> = await this.#requests.ask({
        message: { type: "list_resources", storage_location: storageLocation, offset: resources.length },
        answer: "resources_list",
      });
      resources.push(...page.resources);
      hasMore = page.has_more && page.resources.length > 0;
    }
    return resources;
  }

  async remove(storageLocation: string, filename: string): Promise<void> {
    const message = { type: "delete_resource", filename, storage_location: storageLocation } as const;
    await this.#requests.ask({ message, answer: "resource_deleted" });
  }
}
