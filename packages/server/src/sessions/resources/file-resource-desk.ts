/** Resources as files ([RES-3] to [RES-5]). */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { RemoteError, REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { PathPolicy } from "../../path-policy.ts";
import type { Clock, Scheduler } from "../../ports.ts";
import { decodeBase64 } from "./decode-base64.ts";
import type {
  DeletedResource,
  ResourceDesk,
  ResourcePage,
  StoredResource,
  UploadOutcome,
  UploadRequest,
} from "./resource-desk.ts";
import {
  deleteFile,
  listFiles,
  openFolder,
  requireDirectory,
  RESOURCES_PATH,
  UPLOADS_PATH,
} from "./resource-folder.ts";
import { isResourceName } from "./resource-name.ts";
import { UploadParts } from "./upload-parts.ts";

export interface FileResourceDeskOptions {
  readonly paths: PathPolicy;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly randomUuid: () => string;
  /** Default 100 MiB. For tests. */
  readonly maxBytes?: number | undefined;
}

export class FileResourceDesk implements ResourceDesk {
  readonly #options: FileResourceDeskOptions;
  readonly #parts: UploadParts;
  readonly #maxBytes: number;
  /** Parts of one upload are written one after another; the last of each that is under way. */
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(options: FileResourceDeskOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? REMOTE_LIMITS.uploadBytes;
    this.#parts = new UploadParts({ ...options, maxBytes: this.#maxBytes });
  }

  async upload(request: UploadRequest): Promise<UploadOutcome> {
    const { filename, content, storageLocation, uploadId, offset, isFinal } = request;
    if (filename === undefined || content === undefined || storageLocation === undefined || storageLocation === "") {
      throw new RemoteError("missing_field", "filename, content, and storage_location required in upload_file message");
    }
    if (!isResourceName(filename)) throw new RemoteError("invalid_field", "Failed to upload file: invalid filename");
    const bytes = decodeBase64(content);
    if (bytes === undefined) throw new RemoteError("invalid_field", "Failed to upload file: invalid base64");
    if (uploadId === undefined && (offset > 0 || !isFinal)) {
      throw new RemoteError("missing_field", "upload_id required in upload_file message");
    }
    const words = [request.clientSessionId, uploadId ?? this.#options.randomUuid(), filename];
    // In the order in which they came, from here on: nothing was waited for yet.
    return this.#oneByOne(JSON.stringify([storageLocation, ...words]), async () => {
      const directory = await this.#directory(storageLocation);
      return this.#store("upload file", { directory, filename, words }, async (path) => {
        await this.#parts.write(path, offset, bytes);
        return isFinal;
      });
    });
  }

  async saveResource(request: {
    storageLocation: string;
    filename: string;
    content: Uint8Array;
  }): Promise<StoredResource> {
    const { storageLocation, filename, content } = request;
    if (!isResourceName(filename)) throw new RemoteError("invalid_field", "Failed to save resource: invalid filename");
    const directory = await this.#directory(storageLocation);
    const words = [this.#options.randomUuid()];
    const stored = await this.#store("save resource", { directory, filename, words }, async (path) => {
      await this.#parts.write(path, 0, content);
      return true;
    });
    if (stored.outcome !== "stored") throw new Error("a resource of one part was not complete");
    return stored.resource;
  }

  async list(request: { storageLocation: string | undefined; offset: number; limit: number }): Promise<ResourcePage> {
    const { storageLocation, offset, limit } = request;
    if (storageLocation === undefined || storageLocation === "") {
      throw new RemoteError("missing_field", "storage_location required in list_resources message");
    }
    const directory = await this.#directory(storageLocation);
    return withReason("list resources", async () => {
      const folder = await openFolder(directory, RESOURCES_PATH, false);
      const files = folder === undefined ? [] : await listFiles(folder);
      const resources = files
        .slice(offset, offset + limit)
        .map(({ filename, size, modifiedAt }) => resourceOf(directory, filename, size, modifiedAt));
      return { storageLocation: directory, resources, hasMore: offset + resources.length < files.length };
    });
  }

  async delete(request: {
    filename: string | undefined;
    storageLocation: string | undefined;
  }): Promise<DeletedResource> {
    const { filename, storageLocation } = request;
    if (filename === undefined || storageLocation === undefined || storageLocation === "") {
      throw new RemoteError("missing_field", "filename and storage_location required in delete_resource message");
    }
    const directory = await this.#directory(storageLocation);
    return withReason("delete resource", async () => {
      // A name that no resource can have is one that is not there.
      const folder = isResourceName(filename) ? await openFolder(directory, RESOURCES_PATH, false) : undefined;
      if (folder === undefined || !(await deleteFile(join(folder, filename)))) {
        throw new RemoteError("not_found", "Failed to delete resource: Resource not found");
      }
      return { filename, path: join(RESOURCES_PATH, filename) };
    });
  }

  stop(): void {
    this.#parts.stop();
  }

  async #directory(storageLocation: string): Promise<string> {
    const directory = await this.#options.paths.resolve(storageLocation);
    await requireDirectory(directory, storageLocation);
    return directory;
  }

  /** `write` tells whether the file is complete with what it wrote. */
  #store(
    attempt: string,
    target: { directory: string; filename: string; words: readonly string[] },
    write: (path: string) => Promise<boolean>,
  ): Promise<UploadOutcome> {
    const { directory, filename, words } = target;
    return withReason(attempt, async () => {
      // Both are looked at before anything is written, and again each time: a link may come at any time.
      const resources = await openFolder(directory, RESOURCES_PATH, true);
      const uploads = await openFolder(directory, UPLOADS_PATH, true);
      if (resources === undefined || uploads === undefined) throw new Error("the folder went away");
      await this.#parts.sweep(uploads);
      const path = this.#parts.pathOf(uploads, words);
      // Also for what a failure leaves behind.
      this.#parts.planSweep(uploads);
      if (!(await write(path))) return { outcome: "part" };
      const name = await this.#parts.place(path, resources, filename);
      const { size, mtimeMs } = await stat(join(resources, name));
      return { outcome: "stored", resource: resourceOf(directory, name, size, Math.floor(mtimeMs)) };
    });
  }

  #oneByOne<Result>(key: string, job: () => Promise<Result>): Promise<Result> {
    const result = (this.#tails.get(key) ?? Promise.resolve()).then(job);
    const tail: Promise<void> = result
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        if (this.#tails.get(key) === tail) this.#tails.delete(key);
      });
    this.#tails.set(key, tail);
    return result;
  }
}

function resourceOf(directory: string, filename: string, size: number, timestamp: number): StoredResource {
  const path = join(RESOURCES_PATH, filename);
  return { filename, path, absolutePath: join(directory, path), size, timestamp };
}

/** What the file system refuses is told with what was attempted; nothing was acknowledged ([CRASH-6]). */
async function withReason<Result>(attempt: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof RemoteError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new RemoteError("io_error", `Failed to ${attempt}: ${code ?? "unexpected failure"}`, { cause });
  }
}
