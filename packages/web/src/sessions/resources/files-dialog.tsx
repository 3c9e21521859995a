import type { RemoteResource } from "@parlatory/protocol/remote";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Ago } from "../../design/ago.tsx";
import { Answer } from "../../design/answer.tsx";
import { Button } from "../../design/button.tsx";
import { CopyButton } from "../../design/copy-button.tsx";
import { describeBytes } from "../../design/describe-bytes.ts";
import { Dialog } from "../../design/dialog.tsx";
import { describeFailure } from "../../remote/describe-failure.ts";
import { useRemote } from "../../remote/remote-context.ts";
import { remoteKeys } from "../../remote/remote-keys.ts";
import { UploadList } from "./upload-list.tsx";
import { useUpload } from "./use-upload.ts";
import classes from "./files-dialog.module.css";

/** Files that lie beside a project for its agents: bringing them, taking them away ([RES-3] to [RES-5]). */
export function FilesDialog(props: { directory: string; name: string; onClose: () => void }) {
  const { directory, name, onClose } = props;
  const { client } = useRemote();
  const { uploads, send, dismiss } = useUpload(directory);
  const picker = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const query = useQuery({
    queryKey: remoteKeys.resources(directory),
    queryFn: () => client.files.list(directory),
    // Agents and other devices add files without telling.
    staleTime: 0,
  });
  return (
    <Dialog
      isOpen
      title={`Files in ${name}`}
      onClose={onClose}
      closeLabel="Close"
      actions={
        <Button look="primary" onClick={() => picker.current?.click()}>
          Add files
        </Button>
      }
    >
      <p className={classes["hint"]}>
        Agents read them from <code>.parlatory/resources/</code> in the project. At most 100 MB each.
      </p>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label="Files to add"
        onChange={(event) => {
          void send([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <div
        className={isOver ? `${classes["drop"]} ${classes["over"]}` : classes["drop"]}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void send([...event.dataTransfer.files]);
        }}
      >
        <UploadList uploads={uploads.filter(({ state }) => state !== "done")} dismiss={dismiss} />
        <Answer query={query} what="the files">
          {(files) =>
            files.length === 0 ? (
              <p className={classes["hint"]}>No files yet. Add some, or drop them here.</p>
            ) : (
              <ul className={classes["files"]} aria-label="Files">
                {files.map((file) => (
                  <FileRow key={file.filename} directory={directory} file={file} />
                ))}
              </ul>
            )
          }
        </Answer>
      </div>
    </Dialog>
  );
}

function FileRow({ directory, file }: { directory: string; file: RemoteResource }) {
  const { client } = useRemote();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => client.files.remove(directory, file.filename),
    onSettled: () => queries.invalidateQueries({ queryKey: remoteKeys.resources(directory) }),
  });
  return (
    <li className={classes["file"]}>
      <span className={classes["name"]}>{file.filename}</span>
      <span className={classes["facts"]}>
        {describeBytes(file.size)} · <Ago at={file.timestamp} />
      </span>
      <span className={classes["actions"]}>
        {isAsking ? (
          <>
            <span>Delete it?</span>
            <Button onClick={() => setAsking(false)}>Keep</Button>
            <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
              Delete
            </Button>
          </>
        ) : (
          <>
            <CopyButton text={`${directory}/${file.path}`} sign="Copy path" what={file.filename} />
            <Button look="quiet" aria-label={`Delete ${file.filename}`} onClick={() => setAsking(true)}>
              Delete
            </Button>
          </>
        )}
      </span>
      {remove.error === null ? null : (
        <p className={classes["problem"]} role="alert">
          Not deleted. {describeFailure(remove.error)}
        </p>
      )}
    </li>
  );
}
