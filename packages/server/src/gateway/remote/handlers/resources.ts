/** Files beside a project ([RES-3] to [RES-5]). */
import { RemoteError, toWireTime, type RemoteResource } from "@parlatory/protocol/remote";
import { jsonBytes, shrinkToFit } from "../frames/cut-strings.ts";
import { fitItems } from "../frames/fit-session.ts";
import type { StoredResource } from "../remote-services.ts";
import type { Routes } from "../route.ts";

export const RESOURCE_ROUTES: Routes<"upload_file" | "list_resources" | "delete_resource"> = {
  upload_file: {
    // The parts of one upload come one after another.
    turn: ({ upload_id: id, storage_location: place, filename }) => `upload ${id ?? `${place} ${filename}`}`,
    async handle({ services, answer }, message) {
      const { filename, content, storage_location: place, upload_id: uploadId, offset = 0, final = true } = message;
      if (isBlank(filename) || content === undefined || isBlank(place)) {
        throw missing("filename, content, and storage_location", "upload_file");
      }
      const storageLocation = await services.paths.resolve(place);
      const stored = await services.resources.upload({
        filename,
        content,
        storageLocation,
        uploadId,
        offset,
        isFinal: final,
      });
      if (stored === undefined) answer({ type: "ack", message: "Part received" });
      else answer({ type: "file_uploaded", ...toResource(stored) });
    },
  },
  list_resources: {
    turn: "aside",
    async handle({ services, form, answer }, { storage_location: place, offset = 0 }) {
      if (isBlank(place)) throw missing("storage_location", "list_resources");
      const storageLocation = await services.paths.resolve(place);
      const { resources, hasMore } = await services.resources.list(storageLocation, offset);
      const envelope = { type: "resources_list" as const, resources: [], storage_location: storageLocation };
      const empty = shrinkToFit({ ...envelope, has_more: false }, Math.floor(form().budgetBytes / 2));
      const shown = fitItems(resources.map(toResource), form().budgetBytes - jsonBytes(empty), shrinkToFit);
      answer({ ...empty, resources: shown, has_more: hasMore || shown.length < resources.length });
    },
  },
  delete_resource: {
    turn: "ordered",
    async handle({ services, answer }, { filename, storage_location: place }) {
      if (isBlank(filename) || isBlank(place)) throw missing("filename and storage_location", "delete_resource");
      const storageLocation = await services.paths.resolve(place);
      const { path } = await services.resources.remove(storageLocation, filename);
      answer({ type: "resource_deleted", filename, path });
    },
  },
};

function toResource({ filename, path, size, modifiedAt }: StoredResource): RemoteResource {
  return { filename, path, size, timestamp: toWireTime(modifiedAt) };
}

function isBlank(value: string | undefined): value is undefined | "" {
  return value === undefined || value === "";
}

function missing(fields: string, type: string): RemoteError {
  return new RemoteError("missing_field", `${fields} required in ${type} message`);
}
