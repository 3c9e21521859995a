/** How much room the app takes on this device. Set on the document, so that CSS does the rest. */
const densities = ["comfortable", "compact"] as const;
export type Density = (typeof densities)[number];

const storageKey = "parlatory.density";
const listeners = new Set<() => void>();

export function readDensity(): Density {
  const stored = localStorage.getItem(storageKey);
  return densities.find((name) => name === stored) ?? "comfortable";
}

/** Before the first paint, and with every change. */
export function applyDensity(): void {
  const density = readDensity();
  if (density === "comfortable") delete document.documentElement.dataset["density"];
  else document.documentElement.dataset["density"] = density;
}

export function setDensity(density: Density): void {
  localStorage.setItem(storageKey, density);
  applyDensity();
  for (const listener of listeners) listener();
}

export function subscribeDensity(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
