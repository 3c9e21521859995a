import type { ReactNode } from "react";
import { Link } from "wouter";
import classes from "./shell.module.css";

export interface NavEntry {
  readonly path: string;
  readonly label: string;
}

/** The frame of every page: what is fixed above, where one can go (below on a phone, beside on a desk), and the page. */
export function Shell(props: {
  header: ReactNode;
  entries: readonly NavEntry[];
  current: string;
  children: ReactNode;
}) {
  const { header, entries, current, children } = props;
  return (
    <div className={classes["shell"]}>
      <a className={classes["skip"]} href="#page">
        Skip to content
      </a>
      <header className={classes["header"]}>
        <span className={classes["brand"]}>Parlatory</span>
        {header}
      </header>
      <main className={classes["main"]} id="page" tabIndex={-1}>
        {children}
      </main>
      <nav className={classes["nav"]} aria-label="Pages">
        <ul>
          {entries.map(({ path, label }) => (
            <li key={path}>
              <Link href={path} aria-current={path === current ? "page" : undefined}>
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
    </div>
  );
}
