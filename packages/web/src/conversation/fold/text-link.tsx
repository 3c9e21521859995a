import type { ReactNode } from "react";
import { useRowTab } from "../rows/row-context.ts";

/** A link out of somebody else's text; the address is in its title, whatever its text says. */
export function TextLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" title={href} tabIndex={useRowTab()}>
      {children}
    </a>
  );
}
