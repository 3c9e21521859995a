import type { ReactNode } from "react";
import { Link } from "wouter";
import classes from "./shell.module.css";

export interface NavEntry {
  readonly path: string;
  readonly label: string;
}

/**
 * The frame of every page: what is fixed above, where one can go (below on a phone, beside on a desk), and the page.
 * `tabs` are the pages of the place one is at. `isFilled`: the page has exactly the room that is left and scrolls by itself.
 */
export function Shell(props: {
  header: ReactNode;
  entries: readonly NavEntry[];
  current: string;
  /** Beside an entry, by its path: a number that wants to be seen. */
  marks?: Readonly<Record<string, ReactNode>>;
  tabs?: { readonly entries: readonly NavEntry[]; readonly current: string; readonly label: string } | undefined;
  isFilled?: boolean;
  children: ReactNode;
}) {
  const { header, entries, current, marks = {}, tabs, isFilled = false, children } = props;
  return (
    <div className={isFilled ? `${classes["shell"]} ${classes["filled"]}` : classes["shell"]}>
      <a className={classes["skip"]} href="#page">
        Skip to content
      </a>
      <header className={classes["header"]}>
        <span className={classes["brand"]}>Parlatory</span>
        {header}
      </header>
      <main className={classes["main"]} id="page" tabIndex={-1}>
        {tabs === undefined ? null : (
          <nav className={classes["tabs"]} aria-label={tabs.label}>
            <NavList entries={tabs.entries} current={tabs.current} marks={{}} />
          </nav>
        )}
        {children}
      </main>
      <nav className={classes["nav"]} aria-label="Pages">
        <NavList entries={entries} current={current} marks={marks} />
      </nav>
    </div>
  );
}

function NavList(props: { entries: readonly NavEntry[]; current: string; marks: Readonly<Record<string, ReactNode>> }) {
  return (
    <ul>
      {props.entries.map(({ path, label }) => (
        <li key={path}>
          <Link href={path} aria-current={path === props.current ? "page" : undefined}>
            {label} {props.marks[path]}
          </Link>
        </li>
      ))}
    </ul>
  );
}
