export interface MapSize {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface MapLayout {
  readonly points: readonly Point[];
  /** Side of a node. */
  readonly nodePx: number;
  /** There is room for names; otherwise two letters stand for them. */
  readonly withNames: boolean;
}

/** More than this on one ring would stand on each other's feet. */
const ONE_RING = 20;
const INNER_RING = 0.66;

/** Places for so many nodes on an ellipse, from the top on, in their order; two rings when there are many. */
export function layOut(count: number, { width, height }: MapSize): MapLayout {
  const isCrowded = count > ONE_RING;
  const nodePx = isCrowded ? 28 : 44;
  const withNames = count <= (width < 600 ? 10 : 24);
  const margin = nodePx / 2 + (withNames ? 36 : 8);
  const radius = { x: Math.max(0, width / 2 - margin), y: Math.max(0, height / 2 - margin) };
  const points = Array.from({ length: count }, (_, index) => {
    const angle = (index / count) * 2 * Math.PI - Math.PI / 2;
    const share = isCrowded && index % 2 === 1 ? INNER_RING : 1;
    return {
      x: round(width / 2 + Math.cos(angle) * radius.x * share),
      y: round(height / 2 + Math.sin(angle) * radius.y * share),
    };
  });
  return { points: count === 1 ? [{ x: width / 2, y: height / 2 }] : points, nodePx, withNames };
}

/** From one node to another, bent to the right of the way, so that there and back are two lines; ends at the nodes' rims. */
export function edgePath(from: Point, to: Point, nodePx: number): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return "";
  const along = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
  const bend = Math.min(40, length * 0.12);
  const middle = { x: (from.x + to.x) / 2 - along.y * bend, y: (from.y + to.y) / 2 + along.x * bend };
  const rim = Math.min(nodePx / 2 + 3, length / 2);
  const start = { x: from.x + along.x * rim, y: from.y + along.y * rim };
  const end = { x: to.x - along.x * rim, y: to.y - along.y * rim };
  return `M${round(start.x)} ${round(start.y)}Q${round(middle.x)} ${round(middle.y)} ${round(end.x)} ${round(end.y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
