import { useEffect, useState } from "react";
import { Button } from "./button.tsx";

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];
const storageKey = "parlatory.theme";
const signs: Readonly<Record<Theme, string>> = { system: "◐", light: "☀", dark: "☾" };

/** Light, dark, or what the system says; remembered on this device. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(
    () => themes.find((name) => name === localStorage.getItem(storageKey)) ?? "system",
  );
  useEffect(() => {
    if (theme === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.setAttribute("data-theme", theme);
    localStorage.setItem(storageKey, theme);
  }, [theme]);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  return (
    <Button look="quiet" onClick={() => setTheme(next)} aria-label={`Theme: ${theme}; change to ${next}`}>
      {signs[theme]}
    </Button>
  );
}
