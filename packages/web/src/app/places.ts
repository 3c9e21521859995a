import type { NavEntry } from "../design/shell.tsx";

/** Where one can go from everywhere, in the order of the navigation. */
export const places = [
  { path: "/sessions", label: "Sessions" },
  { path: "/approvals", label: "Approvals" },
  { path: "/commands", label: "Commands" },
  { path: "/mesh", label: "Mesh" },
  { path: "/settings", label: "Settings" },
] as const satisfies readonly NavEntry[];

/** The entry that an address belongs to. */
export function placeOf(address: string): string {
  return places.find(({ path }) => address === path || address.startsWith(`${path}/`))?.path ?? "";
}
