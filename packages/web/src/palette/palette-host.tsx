import { lazy, Suspense, useEffect, useEffectEvent, useState } from "react";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import classes from "./palette-host.module.css";

const loadPalette = () => import("./palette.tsx");
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }));
const Shortcuts = lazy(async () => ({ default: (await import("./shortcuts.tsx")).Shortcuts }));

/** Soon after the page stands, so that the palette opens at once when it is asked for. */
const PRELOAD_MS = 3_000;

/**
 * The button in the header and the keys that open the palette (Ctrl or ⌘ with K) and the list of keys (`?`). `isDeskOnly`:
 * where a phone's header has no room for the button.
 */
export function PaletteHost({ isDeskOnly = false }: { isDeskOnly?: boolean }) {
  const [open, setOpen] = useState<"palette" | "shortcuts">();
  const handleKey = useEffectEvent((event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      setOpen(open === "palette" ? undefined : "palette");
    } else if (event.key === "?" && open === undefined && !isTyping(event.target)) {
      event.preventDefault();
      setOpen("shortcuts");
    }
  });
  useEffect(() => {
    const heard = (event: KeyboardEvent): void => handleKey(event);
    const timer = setTimeout(() => void loadPalette().catch(() => undefined), PRELOAD_MS);
    window.addEventListener("keydown", heard);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("keydown", heard);
    };
  }, []);
  return (
    <>
      <Button
        className={isDeskOnly ? classes["desk"] : undefined}
        look="quiet"
        aria-label="Search and commands"
        aria-keyshortcuts="Control+K"
        onClick={() => setOpen("palette")}
      >
        <Icon name="search" />
      </Button>
      <Suspense fallback={null}>
        {open === "palette" ? (
          <Palette onClose={() => setOpen(undefined)} onShortcuts={() => setOpen("shortcuts")} />
        ) : null}
        {open === "shortcuts" ? <Shortcuts onClose={() => setOpen(undefined)} /> : null}
      </Suspense>
    </>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}
