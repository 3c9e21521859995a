import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import { useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { describeFailure } from "../../remote/describe-failure.ts";
import { useRemote } from "../../remote/remote-context.ts";
import { remoteKeys } from "../../remote/remote-keys.ts";

export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly sentBytes: number;
  readonly state: "waiting" | "sending" | "done" | "failed";
  /** The place at the server, relative to the directory, when it is done. */
  readonly path?: string | undefined;
  readonly problem?: string | undefined;
}

export interface Uploads {
  /** Of this use of the hook, in the order of picking; finished ones stay until `dismiss`. */
  readonly uploads: readonly Upload[];
  /** Sends files one after the other; resolves when all are done or failed, with the paths of those that are done. */
  readonly send: (files: Iterable<File>) => Promise<readonly string[]>;
  readonly dismiss: (id: string) => void;
}

/** Sends files to the folder for agents of a directory ([RES-3]). */
export function useUpload(workingDirectory: string): Uploads {
  const { client } = useRemote();
  const queries = useQueryClient();
  const prefix = useId();
  const count = useRef(0);
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const change = (id: string, how: Partial<Upload>): void =>
    setUploads((known) => known.map((upload) => (upload.id === id ? { ...upload, ...how } : upload)));

  const sendOne = async (id: string, file: File): Promise<string | undefined> => {
    if (file.size > REMOTE_LIMITS.uploadBytes) {
      change(id, { state: "failed", problem: "Larger than 100 MB; copy it to the server another way." });
      return undefined;
    }
    change(id, { state: "sending" });
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const { path } = await client.files.upload({
        filename: file.name,
        storageLocation: workingDirectory,
        bytes,
        progress: (sentBytes) => change(id, { sentBytes }),
      });
      change(id, { state: "done", sentBytes: file.size, path });
      return path;
    } catch (error) {
      change(id, { state: "failed", problem: describeFailure(error) });
      return undefined;
    }
  };

  return {
    uploads,
    async send(files) {
      const jobs = [...files].map((file) => ({ id: `${prefix}${++count.current}`, file }));
      const waiting = jobs.map(({ id, file }): Upload => {
        return { id, name: file.name, size: file.size, sentBytes: 0, state: "waiting" };
      });
      setUploads((known) => [...known, ...waiting]);
      const paths: string[] = [];
      for (const { id, file } of jobs) {
        const path = await sendOne(id, file);
        if (path !== undefined) paths.push(path);
      }
      await queries.invalidateQueries({ queryKey: remoteKeys.resources(workingDirectory) });
      return paths;
    },
    dismiss: (id) => setUploads((known) => known.filter((upload) => upload.id !== id)),
  };
}
