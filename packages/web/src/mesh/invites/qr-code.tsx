import { useMemo } from "react";
import { encode } from "uqr";
import classes from "./qr-code.module.css";

/** A text as a code that cameras read: dark on light in both themes, because many of them read nothing else. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const { data, size: side } = encode(text, { ecc: "L", border: 2 });
    const runs = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { size: side, path: runs.join("") };
  }, [text]);
  return (
    <svg
      className={classes["code"]}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={path} fill="currentColor" />
    </svg>
  );
}
