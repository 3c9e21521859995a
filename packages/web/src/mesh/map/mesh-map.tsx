import { useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { edgePath, layOut, type MapSize } from "./map-layout.ts";
import type { MapEdge, MapNode } from "./map-nodes.ts";
import classes from "./mesh-map.module.css";
import { ROUTE_MEMORY_MS } from "./route-memory.ts";

/** For so long a line is heavier after a message, whether or not something moves along it. */
const FRESH_MS = 2_000;

/** Peers around an ellipse and the ways messages took between them; what the table below says, to be seen. */
export function MeshMap(props: { nodes: readonly MapNode[]; edges: readonly MapEdge[]; now: number }) {
  const { nodes, edges, now } = props;
  const [, go] = useLocation();
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const arrow = useId();
  const { points, nodePx, withNames } = layOut(nodes.length, size);
  const pointOf = new Map(nodes.map(({ id }, index) => [id, points[index] ?? { x: 0, y: 0 }]));
  return (
    <div ref={frame} className={classes["frame"]}>
      <svg className={classes["lines"]} viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden="true">
        <marker
          id={arrow}
          viewBox="0 0 6 6"
          refX="5"
          refY="3"
          markerWidth="6"
          markerHeight="6"
          orient="auto"
          markerUnits="userSpaceOnUse"
        >
          <path d="M0 0L6 3L0 6z" className={classes["tip"]} />
        </marker>
        {edges.map(({ from, to, count, lastAt }) => {
          const start = pointOf.get(from.id);
          const end = pointOf.get(to.id);
          if (start === undefined || end === undefined || from === to) return null;
          const age = Math.max(0, now - lastAt);
          if (age >= ROUTE_MEMORY_MS) return null;
          const path = edgePath(start, end, nodePx);
          return (
            <g key={`${from.id} ${to.id}`} opacity={1 - 0.85 * (age / ROUTE_MEMORY_MS)}>
              <path
                d={path}
                className={classes["line"]}
                strokeWidth={Math.min(4, 1 + Math.log10(count)) + (age < FRESH_MS ? 2 : 0)}
                markerEnd={`url(#${arrow})`}
              />
              {/* A new message is a new element, so that it travels from the start. */}
              <circle key={lastAt} r="4" className={classes["pulse"]} style={{ offsetPath: `path("${path}")` }} />
            </g>
          );
        })}
      </svg>
      <ul className={classes["nodes"]} aria-label="Peers on the map">
        {nodes.map(({ id, name, peer }) => {
          const point = pointOf.get(id);
          return (
            <li key={id} className={classes["place"]} style={{ left: point?.x, top: point?.y }}>
              <button
                type="button"
                className={peer?.online === true ? classes["node"] : `${classes["node"]} ${classes["away"]}`}
                style={{ width: nodePx, height: nodePx }}
                title={name}
                disabled={peer === undefined}
                onClick={() =>
                  peer === undefined ? undefined : go(`/mesh/peers?peer=${encodeURIComponent(peer.pubkey)}`)
                }
              >
                <span aria-hidden="true">{initialsOf(name)}</span>
                <span className="visually-hidden">{peer === undefined ? `${name}, not here any more` : name}</span>
              </button>
              {withNames ? (
                <span className={classes["name"]} aria-hidden="true">
                  {name}
                </span>
              ) : null}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function initialsOf(name: string): string {
  const words = name.split(/[\s_-]+/).filter((word) => word !== "");
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => [...word][0] ?? "") : [...name].slice(0, 2);
  return letters.join("");
}

function useSize(frame: { readonly current: HTMLDivElement | null }): MapSize {
  const [size, setSize] = useState<MapSize>({ width: 0, height: 0 });
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return size;
}
