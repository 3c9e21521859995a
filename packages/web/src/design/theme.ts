/** Light, dark, or what the system says; remembered on this device. One for the page, whoever changes it. */

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const storageKey = "parlatory.theme";
const listeners = new Set<() => void>();

export function readTheme(): Theme {
  return themes.find((name) => name === localStorage.getItem(storageKey)) ?? "system";
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(storageKey, theme);
  applyTheme();
  for (const listener of listeners) listener();
}

export function applyTheme(): void {
  const theme = readTheme();
  if (theme === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", theme);
}

export function subscribeTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
