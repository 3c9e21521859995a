/** Files beside a project ([RES-3] to [RES-5]). */
import { toWireTime, type RemoteResource } from "@parlatory/protocol/remote";
import type { StoredResource } from "../../../sessions/resources/resource-desk.ts";
import { jsonBytes, shrinkToFit } from "../frames/cut-strings.ts";
import { fitItems } from "../frames/fit-session.ts";
import type { Routes } from "../route.ts";

/** Resources in one answer; the rest is asked for by offset. */
const PAGE = 500;

export const RESOURCE_ROUTES: Routes<"upload_file" | "list_resources" | "delete_resource"> = {
  upload_file: {
    // The parts of one upload come one after another.
    turn: ({ upload_id: id, storage_location: place, filename }) => `upload ${id ?? `${place} ${filename}`}`,
    async handle({ peer, services, answer }, message) {
      const { filename, content, storage_location: storageLocation, upload_id: uploadId } = message;
      const { offset = 0, final: isFinal = true } = message;
      const uploaded = await services.resources.upload({
        clientSessionId: peer.clientSession.id,
        filename,
        content,
        storageLocation,
        uploadId,
        offset,
        isFinal,
      });
      if (uploaded.outcome === "part") answer({ type: "ack", message: "Part received" });
      else answer({ type: "file_uploaded", ...toResource(uploaded.resource) });
    },
  },
  list_resources: {
    turn: "aside",
    async handle({ services, form, answer }, { storage_location: storageLocation, offset = 0 }) {
      const page = await services.resources.list({ storageLocation, offset, limit: PAGE });
      const { budgetBytes } = form();
      const envelope = {
        type: "resources_list" as const,
        resources: [],
        storage_location: page.storageLocation,
        has_more: false,
      };
      const empty = shrinkToFit(envelope, Math.floor(budgetBytes / 2));
      const resources = fitItems(page.resources.map(toResource), budgetBytes - jsonBytes(empty), shrinkToFit);
      answer({ ...empty, resources, has_more: page.hasMore || resources.length < page.resources.length });
    },
  },
  delete_resource: {
    turn: "ordered",
    async handle({ services, answer }, { filename, storage_location: storageLocation }) {
      const deleted = await services.resources.delete({ filename, storageLocation });
      answer({ type: "resource_deleted", filename: deleted.filename, path: deleted.path });
    },
  },
};

function toResource({ filename, path, size, timestamp }: StoredResource): RemoteResource {
  return { filename, path, size, timestamp: toWireTime(timestamp) };
}
