import { spokenText } from "@parlatory/client";
import { useEffect, useState } from "react";
import type { FollowedHistory } from "../follow/followed-history.ts";

/** Enough to know what it is about; the reply itself can be read at leisure. */
const MAX_CHARS = 400;

/** Tells those who do not see the page of each new reply, once ([CLIENT-7]). */
export function Announcer({ history }: { history: FollowedHistory }) {
  const [text, setText] = useState("");
  useEffect(
    () =>
      history.onLive(({ added, isLive }) => {
        const spoken = added.flatMap((message) => spokenText(message, { isLive }) ?? []).join("\n");
        if (spoken !== "") setText(spoken.length > MAX_CHARS ? `${spoken.slice(0, MAX_CHARS)} …` : spoken);
      }),
    [history],
  );
  return (
    <p className="visually-hidden" role="status">
      {text}
    </p>
  );
}
