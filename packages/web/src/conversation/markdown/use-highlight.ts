import { useEffect, useState } from "react";
import { restingWork } from "../scroll/resting-work.ts";
import type { CodeSpan } from "./highlight.ts";

const MAX_KEPT = 200;
const kept = new Map<string, readonly CodeSpan[]>();

/** The code in colours once they are known; undefined before, and for languages nobody knows. */
export function useHighlight(code: string, language: string): readonly CodeSpan[] | undefined {
  const key = `${language}\n${code}`;
  const [, setLoaded] = useState<string>();
  useEffect(() => {
    if (language === "" || kept.has(key)) return;
    let isShown = true;
    const takeBack = restingWork.add(() => {
      void import("./highlight.ts").then(
        ({ highlight }) => {
          const spans = highlight(code, language);
          if (spans === undefined || !isShown) return;
          kept.set(key, spans);
          for (const oldest of kept.keys()) {
            if (kept.size <= MAX_KEPT) break;
            kept.delete(oldest);
          }
          setLoaded(key);
        },
        // Without colours it can be read too, as when the connection is gone.
        () => undefined,
      );
    });
    return () => {
      isShown = false;
      takeBack();
    };
  }, [key, code, language]);
  return kept.get(key);
}
