import type { StateBody } from "@parlatory/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../design/button.tsx";
import { Dialog } from "../../design/dialog.tsx";
import { Field } from "../../design/field.tsx";
import { Notice } from "../../design/notice.tsx";
import { useMesh } from "../mesh-context.tsx";
import { conflictOf, deleteState, describeFailure, writeState } from "../mesh-requests.ts";

/**
 * Writes one key on the version that was read. When somebody else wrote first nothing is overwritten: both values are
 * shown, and writing again is a decision ([DASH-3]).
 */
export function StateEditor({ entry, onClose }: { entry: StateBody | undefined; onClose: () => void }) {
  const { api, mesh } = useMesh();
  const queries = useQueryClient();
  const [key, setKey] = useState(entry?.key ?? "");
  const [text, setText] = useState(entry === undefined ? "" : JSON.stringify(entry.value, undefined, 2));
  const [version, setVersion] = useState(entry?.version ?? 0);
  const parsed = parseJson(text);
  const write = useMutation({
    mutationFn: (value: unknown) => writeState(api, mesh.id, { key: key.trim(), value, version }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [mesh.id, "state"] });
      onClose();
    },
  });
  const conflict = write.error === null ? undefined : conflictOf(write.error);
  const canWrite = key.trim() !== "" && parsed.ok && conflict === undefined && !write.isPending;
  return (
    <Dialog
      isOpen
      title={entry === undefined ? "New key" : `Edit ${entry.key}`}
      onClose={onClose}
      actions={
        <Button
          look="primary"
          disabled={!canWrite}
          onClick={() => (parsed.ok ? write.mutate(parsed.value) : undefined)}
        >
          Write
        </Button>
      }
    >
      {entry === undefined ? (
        <Field label="Key">
          <input value={key} spellCheck={false} autoCapitalize="off" onChange={(event) => setKey(event.target.value)} />
        </Field>
      ) : null}
      <Field
        label="Value"
        hint="JSON: text stands in quotes"
        problem={parsed.ok || text === "" ? undefined : parsed.problem}
      >
        <textarea value={text} spellCheck={false} onChange={(event) => setText(event.target.value)} />
      </Field>
      {conflict === undefined ? null : (
        <Notice tone="warn" title="Somebody else wrote first; nothing was overwritten">
          {conflict.current === undefined ? (
            <p>The key was deleted meanwhile.</p>
          ) : (
            <>
              <p>
                {conflict.current.updated_by} wrote version {conflict.current.version}:
              </p>
              <pre>{JSON.stringify(conflict.current.value, undefined, 2)}</pre>
            </>
          )}
          <Button
            onClick={() => {
              setVersion(conflict.current?.version ?? 0);
              if (conflict.current !== undefined) setText(JSON.stringify(conflict.current.value, undefined, 2));
              write.reset();
            }}
          >
            Take theirs into the editor
          </Button>
          <Button
            onClick={() => {
              setVersion(conflict.current?.version ?? 0);
              write.reset();
            }}
          >
            Keep mine and go on
          </Button>
        </Notice>
      )}
      {write.error !== null && conflict === undefined ? (
        <Notice tone="bad" title="Not written">
          <p>{describeFailure(write.error)}</p>
        </Notice>
      ) : null}
    </Dialog>
  );
}

export function StateDelete({ entry, onClose }: { entry: StateBody; onClose: () => void }) {
  const { api, mesh } = useMesh();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteState(api, mesh.id, entry.key, entry.version),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [mesh.id, "state"] });
      onClose();
    },
  });
  const conflict = remove.error === null ? undefined : conflictOf(remove.error);
  return (
    <Dialog
      isOpen
      title={`Delete ${entry.key}?`}
      onClose={onClose}
      actions={
        <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
          Delete
        </Button>
      }
    >
      <p>Peers who watch it are told. Its last value was:</p>
      <pre>{JSON.stringify(entry.value, undefined, 2)}</pre>
      {remove.error === null ? null : (
        <Notice tone="bad" title="Not deleted">
          <p>
            {conflict === undefined
              ? describeFailure(remove.error)
              : "Somebody else changed it meanwhile. Close this and look at it again."}
          </p>
        </Notice>
      )}
    </Dialog>
  );
}

type Parsed = { ok: true; value: unknown } | { ok: false; problem: string };

function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    return { ok: false, problem: `Not JSON: ${(error as SyntaxError).message}` };
  }
}
