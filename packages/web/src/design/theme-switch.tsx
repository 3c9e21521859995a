import { useEffect, useSyncExternalStore } from "react";
import { Button } from "./button.tsx";
import { applyTheme, readTheme, setTheme, subscribeTheme, themes } from "./theme.ts";
import { Icon } from "./icon.tsx";

/** Light, dark, or what the system says, in turn. */
export function ThemeSwitch() {
  const theme = useSyncExternalStore(subscribeTheme, readTheme);
  useEffect(() => applyTheme(), []);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  return (
    <Button look="quiet" onClick={() => setTheme(next)} aria-label={`Theme: ${theme}; change to ${next}`}>
      <Icon name={theme} />
    </Button>
  );
}
