import { ApiError, MeshApi } from "@parlatory/client";
import { useQuery } from "@tanstack/react-query";
import { Badge, type Tone } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Card, CardList, Soft } from "../../design/card.tsx";
import { Notice } from "../../design/notice.tsx";
import { MeshAnswer } from "../mesh-answer.tsx";
import { useMesh } from "../mesh-context.tsx";
import classes from "./delivery-path.module.css";

const toneOfState: Readonly<Record<string, Tone>> = {
  surfaced: "good",
  replied: "good",
  offered: "accent",
  held: "warn",
  expired: "bad",
  refused: "bad",
  dead: "bad",
};

/** Recipient by recipient what is proven about one message; never any of its text ([DASH-5]). */
export function DeliveryPath({ messageId, onClose }: { messageId: string; onClose: () => void }) {
  const { api, mesh } = useMesh();
  const query = useQuery({
    queryKey: [mesh.id, "ledger", messageId],
    queryFn: async () => {
      try {
        return { ledger: await new MeshApi(api, mesh.id).getMessage(messageId) };
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return { ledger: undefined };
        throw error;
      }
    },
  });
  return (
    <section className={classes["section"]} aria-label={`Delivery path of ${messageId}`}>
      <div className={classes["head"]}>
        <h2>
          <code>{messageId}</code>
        </h2>
        <Button onClick={() => void query.refetch()}>Look again</Button>
        <Button onClick={onClose}>Close</Button>
      </div>
      <MeshAnswer query={query} what="the delivery path">
        {({ ledger }) =>
          ledger === undefined ? (
            <Notice tone="empty" title="No message of that id">
              <p>It is of another mesh, or older than seven days.</p>
            </Notice>
          ) : (
            <>
              <Soft>
                {ledger.kind} message to {ledger.target_spec}, priority {ledger.priority}:{" "}
                {ledger.delivered_at === null
                  ? "not delivered to everybody yet"
                  : `delivered at ${new Date(ledger.delivered_at).toLocaleString()}`}
              </Soft>
              <CardList label="Recipients">
                {ledger.recipients.map((recipient) => (
                  <Card
                    key={recipient.pubkey}
                    title={recipient.name}
                    badges={<Badge tone={toneOfState[recipient.state]}>{recipient.state}</Badge>}
                  >
                    <ol className={classes["path"]}>
                      {recipient.path.map((step) => (
                        <li key={`${step.at} ${step.state}`}>
                          <time dateTime={step.at}>{new Date(step.at).toLocaleTimeString()}</time> {step.state}
                          {step.reason === undefined ? "" : ` (${step.reason})`}
                        </li>
                      ))}
                    </ol>
                  </Card>
                ))}
              </CardList>
            </>
          )
        }
      </MeshAnswer>
    </section>
  );
}
