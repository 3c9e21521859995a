import { MeshApi } from "@parlatory/client";
import type { StateBody } from "@parlatory/protocol";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Ago } from "../../design/ago.tsx";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Card, CardList, Soft } from "../../design/card.tsx";
import { Notice } from "../../design/notice.tsx";
import { MeshAnswer } from "../mesh-answer.tsx";
import { useMesh } from "../mesh-context.tsx";
import { PageHead } from "../../design/page-head.tsx";
import { StateDelete, StateEditor } from "./state-editor.tsx";

type Task = { name: "edit"; entry: StateBody | undefined } | { name: "delete"; entry: StateBody };

/** The shared state, as it is now ([DASH-3]). */
export function StatePage() {
  const { api, mesh } = useMesh();
  const [task, setTask] = useState<Task>();
  const query = useQuery({
    queryKey: [mesh.id, "state"],
    queryFn: () => new MeshApi(api, mesh.id).listState(),
  });
  const close = (): void => setTask(undefined);
  return (
    <>
      <PageHead title="State">
        <Button look="primary" onClick={() => setTask({ name: "edit", entry: undefined })}>
          New key
        </Button>
      </PageHead>
      <MeshAnswer query={query} what="the shared state">
        {(entries) =>
          entries.length === 0 ? (
            <Notice tone="empty" title="No shared state">
              <p>
                Peers keep small facts here that all should see: <code>parl state set deploy_frozen true</code>
              </p>
            </Notice>
          ) : (
            <CardList label="Keys">
              {entries.map((entry) => (
                <Card
                  key={entry.key}
                  title={<code>{entry.key}</code>}
                  badges={<Badge>version {entry.version}</Badge>}
                  actions={
                    <>
                      <Button onClick={() => setTask({ name: "edit", entry })}>
                        Edit<span className="visually-hidden"> {entry.key}</span>
                      </Button>
                      <Button look="danger" onClick={() => setTask({ name: "delete", entry })}>
                        Delete<span className="visually-hidden"> {entry.key}</span>
                      </Button>
                    </>
                  }
                >
                  <pre>{JSON.stringify(entry.value, undefined, 2)}</pre>
                  <Soft>
                    by {entry.updated_by}, <Ago at={entry.updated_at} />
                  </Soft>
                </Card>
              ))}
            </CardList>
          )
        }
      </MeshAnswer>
      {task?.name === "edit" ? <StateEditor key={task.entry?.key ?? ""} entry={task.entry} onClose={close} /> : null}
      {task?.name === "delete" ? <StateDelete entry={task.entry} onClose={close} /> : null}
    </>
  );
}
