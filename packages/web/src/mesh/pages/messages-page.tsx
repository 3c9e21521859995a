import { useInfiniteQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Ago } from "../../design/ago.tsx";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Card, CardList, ForeignText, Soft } from "../../design/card.tsx";
import { Field } from "../../design/field.tsx";
import { Notice } from "../../design/notice.tsx";
import { MeshAnswer } from "../mesh-answer.tsx";
import { useMesh } from "../mesh-context.tsx";
import { listLoggedMessages } from "../mesh-requests.ts";
import { DeliveryPath } from "./delivery-path.tsx";
import { PageHead } from "../../design/page-head.tsx";

/** The log of readable messages, where the mesh keeps one, and the path of any message by its id ([DASH-5]). */
export function MessagesPage() {
  const { api, mesh } = useMesh();
  const [typed, setTyped] = useState("");
  const [messageId, setMessageId] = useState<string>();
  const query = useInfiniteQuery({
    queryKey: [mesh.id, "messages"],
    queryFn: async ({ pageParam }) => ({ log: await listLoggedMessages(api, mesh.id, pageParam) }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ log }) => log?.next ?? undefined,
  });
  const explain = (event: FormEvent): void => {
    event.preventDefault();
    if (typed.trim() !== "") setMessageId(typed.trim());
  };
  return (
    <>
      <PageHead title="Messages" />
      <form onSubmit={explain}>
        <Field label="What became of a message" hint="Its id, as parl send prints it; then Enter">
          <input
            value={typed}
            spellCheck={false}
            autoCapitalize="off"
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
      </form>
      {messageId === undefined ? null : (
        <DeliveryPath key={messageId} messageId={messageId} onClose={() => setMessageId(undefined)} />
      )}
      <MeshAnswer query={query} what="the message log">
        {({ pages }) => {
          if (pages.some(({ log }) => log === undefined)) {
            return (
              <Notice tone="empty" title="This mesh keeps no message log">
                <p>
                  That is the default. To keep the text of plaintext group messages for seven days:{" "}
                  <code>parl mesh policy {mesh.slug} messageLog=true</code>. What is encrypted is never kept readable.
                </p>
              </Notice>
            );
          }
          const messages = pages.flatMap(({ log }) => log?.messages ?? []);
          if (messages.length === 0) {
            return (
              <Notice tone="empty" title="No readable messages">
                <p>Only plaintext messages to groups and to everybody appear here.</p>
              </Notice>
            );
          }
          return (
            <CardList label="Messages">
              {messages.map((message) => (
                <Card
                  key={message.id}
                  title={`${message.sender_name} to ${message.target_spec}`}
                  badges={<Badge>{message.priority}</Badge>}
                  actions={
                    <Button onClick={() => setMessageId(message.id)}>
                      Delivery path<span className="visually-hidden"> of {message.id}</span>
                    </Button>
                  }
                >
                  <ForeignText>{message.text}</ForeignText>
                  <Soft>
                    <Ago at={message.created_at} /> · <code>{message.id}</code>
                  </Soft>
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
    </>
  );
}
