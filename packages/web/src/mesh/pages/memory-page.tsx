import { MeshApi } from "@parlatory/client";
import type { MemoryBody } from "@parlatory/protocol";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Ago } from "../../design/ago.tsx";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Card, CardList, ForeignText, Soft, Tags } from "../../design/card.tsx";
import { Dialog } from "../../design/dialog.tsx";
import { Field } from "../../design/field.tsx";
import { Notice } from "../../design/notice.tsx";
import { MeshAnswer } from "../mesh-answer.tsx";
import { useMesh } from "../mesh-context.tsx";
import { describeFailure, forget, remember } from "../mesh-requests.ts";
import { PageHead } from "../../design/page-head.tsx";

const pageSize = 50;

/** What the mesh remembers, searched as one types ([DASH-4]). */
export function MemoryPage() {
  const { api, mesh } = useMesh();
  const [text, setText] = useState("");
  const [tags, setTags] = useState<readonly string[]>([]);
  const [doomed, setDoomed] = useState<MemoryBody>();
  const [isAdding, setAdding] = useState(false);
  const search = useDeferredValue(text.trim());
  const query = useInfiniteQuery({
    queryKey: [mesh.id, "memories", search, tags],
    queryFn: ({ pageParam }) =>
      new MeshApi(api, mesh.id).listMemories({
        query: search === "" ? undefined : search,
        tags: tags.length === 0 ? undefined : tags.join(","),
        limit: pageSize,
        before: pageParam,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: (previous) => previous,
  });
  const addTag = (tag: string): void => setTags(tags.includes(tag) ? tags : [...tags, tag]);
  return (
    <>
      <PageHead title="Memory">
        <Button look="primary" onClick={() => setAdding(true)}>
          Remember something
        </Button>
      </PageHead>
      <Field label="Search" hint={'Words, "a phrase", -without, several joined by OR'}>
        <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
      {tags.length === 0 ? null : (
        <Tags>
          {tags.map((tag) => (
            <Button key={tag} onClick={() => setTags(tags.filter((other) => other !== tag))}>
              #{tag} <span aria-hidden="true">×</span>
              <span className="visually-hidden">: take this filter away</span>
            </Button>
          ))}
        </Tags>
      )}
      <MeshAnswer query={query} what="the memories">
        {({ pages }) => {
          const memories = pages.flatMap((page) => page.memories);
          if (memories.length === 0) {
            return search === "" && tags.length === 0 ? (
              <Notice tone="empty" title="Nothing is remembered yet">
                <p>What should outlive a conversation goes here; every peer can find it.</p>
              </Notice>
            ) : (
              <Notice tone="empty" title="Nothing fits">
                <p>Fewer words or filters find more.</p>
              </Notice>
            );
          }
          return (
            <CardList label="Memories">
              {memories.map((memory) => (
                <Card
                  key={memory.id}
                  title={
                    <>
                      {memory.remembered_by}, <Ago at={memory.remembered_at} />
                    </>
                  }
                  actions={
                    <Button look="danger" onClick={() => setDoomed(memory)}>
                      Forget<span className="visually-hidden"> {memory.content.slice(0, 60)}</span>
                    </Button>
                  }
                >
                  <ForeignText>{memory.content}</ForeignText>
                  {memory.tags.length === 0 ? null : (
                    <Tags>
                      {memory.tags.map((tag) => (
                        <Button key={tag} look="quiet" onClick={() => addTag(tag)}>
                          <Badge>#{tag}</Badge>
                          <span className="visually-hidden">: show only these</span>
                        </Button>
                      ))}
                    </Tags>
                  )}
                </Card>
              ))}
            </CardList>
          );
        }}
      </MeshAnswer>
      {query.hasNextPage ? (
        <Button onClick={() => void query.fetchNextPage()} disabled={query.isFetchingNextPage}>
          Older ones
        </Button>
      ) : null}
      {isAdding ? <NewMemory onClose={() => setAdding(false)} /> : null}
      {doomed === undefined ? null : <ForgetMemory memory={doomed} onClose={() => setDoomed(undefined)} />}
    </>
  );
}

function NewMemory({ onClose }: { onClose: () => void }) {
  const { api, mesh } = useMesh();
  const queries = useQueryClient();
  const [content, setContent] = useState("");
  const [tagText, setTagText] = useState("");
  const tags = tagText
    .split(/[\s,]+/)
    .map((tag) => tag.replace(/^#/, ""))
    .filter((tag) => tag !== "");
  const add = useMutation({
    mutationFn: () => remember(api, mesh.id, content, tags),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [mesh.id, "memories"] });
      onClose();
    },
  });
  return (
    <Dialog
      isOpen
      title="Remember something"
      onClose={onClose}
      actions={
        <Button look="primary" disabled={content.trim() === "" || add.isPending} onClick={() => add.mutate()}>
          Remember
        </Button>
      }
    >
      <Field label="Text">
        <textarea value={content} onChange={(event) => setContent(event.target.value)} />
      </Field>
      <Field label="Tags" hint="Separated by spaces">
        <input value={tagText} autoCapitalize="off" onChange={(event) => setTagText(event.target.value)} />
      </Field>
      {add.error === null ? null : (
        <Notice tone="bad" title="Not remembered">
          <p>{describeFailure(add.error)}</p>
        </Notice>
      )}
    </Dialog>
  );
}

function ForgetMemory({ memory, onClose }: { memory: MemoryBody; onClose: () => void }) {
  const { api, mesh } = useMesh();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => forget(api, mesh.id, memory.id),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [mesh.id, "memories"] });
      onClose();
    },
  });
  return (
    <Dialog
      isOpen
      title="Forget this for everybody?"
      onClose={onClose}
      actions={
        <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
          Forget
        </Button>
      }
    >
      <ForeignText>{memory.content}</ForeignText>
      <Soft>remembered by {memory.remembered_by}</Soft>
      {remove.error === null ? null : (
        <Notice tone="bad" title="Not forgotten">
          <p>{describeFailure(remove.error)}</p>
        </Notice>
      )}
    </Dialog>
  );
}
