/** Which part of a plane a box shows, and how places in both belong to each other; pure arithmetic. */
import { type Polygon, rangeOf } from "./point-grid";

/** The box shows x at `left` + `scale` x, and y, which points upwards, at `top` - `scale` y. */
export interface MapWindow {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 18;
/** How far the scale may go from that which shows all points. */
const LEAST = 0.5;
const MOST = 400;

/** All points are in the box, one unit as long in both directions. */
export function windowOfAll(x: Float32Array, y: Float32Array, { width, height }: Size): MapWindow {
  const [left, right] = rangeOf(x);
  const [low, high] = rangeOf(y);
  const wide = Math.max(1, width - 2 * MARGIN) / (right - left || 1e-9);
  const tall = Math.max(1, height - 2 * MARGIN) / (high - low || 1e-9);
  // Points that are all the same stand in the middle.
  const scale = right > left || high > low ? Math.min(wide, tall) : 1;
  return {
    left: width / 2 - (scale * (left + right)) / 2,
    top: height / 2 + (scale * (low + high)) / 2,
    scale,
  };
}

/** Makes everything `by` times as large; what is at a place of the box stays there. */
export function zoomed(
  { left, top, scale }: MapWindow,
  all: MapWindow,
  by: number,
  x: number,
  y: number,
): MapWindow {
  const to = Math.max(LEAST * all.scale, Math.min(MOST * all.scale, scale * by));
  const real = to / scale;
  return { left: x - real * (x - left), top: y - real * (y - top), scale: to };
}

export function moved({ left, top, scale }: MapWindow, dx: number, dy: number): MapWindow {
  return { left: left + dx, top: top + dy, scale };
}

/** The place in the plane that is shown at one of the box. */
export function placeAt(
  { left, top, scale }: MapWindow,
  x: number,
  y: number,
): readonly [number, number] {
  return [(x - left) / scale, (top - y) / scale];
}

/** The rectangle between two corners, one of which is the first. */
export function rectangleBetween(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
): Polygon {
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

/** A square around a place of the plane; half its side is so many pixels of the box. */
export function squareAround(window: MapWindow, x: number, y: number, half: number): Polygon {
  const h = half / window.scale;
  return rectangleBetween([x - h, y - h], [x + h, y + h]);
}

/** A circle around a place of the plane; its radius is so many pixels of the box. */
export function circleAround(window: MapWindow, x: number, y: number, radius: number): Polygon {
  const corners = 32;
  return Array.from({ length: corners }, (_, n) => {
    const angle = (2 * Math.PI * n) / corners;
    const r = radius / window.scale;
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)] as const;
  });
}
