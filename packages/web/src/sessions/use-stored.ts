import { useState } from "react";

/** Text that outlives the page: of this tab (`sessionStorage`) or of this browser (`localStorage`). Empty when not stored. */
export function useStored(storage: Storage, key: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => storage.getItem(key) ?? "");
  return [
    text,
    (next) => {
      if (next === "") storage.removeItem(key);
      else storage.setItem(key, next);
      setText(next);
    },
  ];
}
