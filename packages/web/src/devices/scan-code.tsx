import { useMemo } from "react";
import { encode } from "uqr";
import classes from "./devices.module.css";

/** A text as a picture for cameras, drawn as one path. */
export function ScanCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => draw(text), [text]);
  return (
    <svg
      className={classes["scan"]}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={path} fill="currentColor" />
    </svg>
  );
}

export function draw(text: string): { readonly size: number; readonly path: string } {
  const { data, size } = encode(text, { ecc: "M", border: 2 });
  const runs: string[] = [];
  for (const [y, row] of data.entries()) {
    for (let x = 0; x < size; x += 1) {
      if (row[x] !== true) continue;
      const first = x;
      while (row[x + 1] === true) x += 1;
      runs.push(`M${first} ${y}h${x + 1 - first}v1H${first}z`);
    }
  }
  return { size, path: runs.join("") };
}
