/** Draws the points of a map on a canvas, and over them what moves: the text's path, the point shown, a region. */
import { css, type Palette, type Rgb } from "../core/color";
import { pixelOf } from "../core/pixels";
import type { MapColors } from "../state/map-colors";
import { isOfSymbols, stepOf, symbolAt, symbolName } from "../state/map-points";
import type { MapWindow, Size } from "../state/map-window";
import type { Polygon } from "../state/point-grid";
import type { PointMap } from "../wire/state-map";
import { devicePixels, fitCanvas, imageOfSize } from "./fit-canvas";

export interface MapPicture {
  readonly map: PointMap;
  readonly colors: MapColors;
  readonly palette: Palette;
  readonly window: MapWindow;
  readonly size: Size;
  /** For each point whether it is in the region; null: there is no region. */
  readonly selected: Uint8Array | null;
  /** The points of the text one after the other; null: its path is not drawn. */
  readonly path: Int32Array | null;
}

/** What is drawn over the points. */
export interface MapMarks {
  /** The place on the path of the point shown. */
  readonly at: number;
  /** The points of the token shown: one in each layer. */
  readonly own: readonly number[];
  /** The point that the pointer is at. */
  readonly pointed: number | null;
  readonly region: Polygon;
}

/** The radius of a point, in pixels, where there are up to so many. */
const RADII: readonly (readonly [number, number])[] = [
  [400, 4],
  [4_000, 2.6],
  [20_000, 1.8],
  [Number.POSITIVE_INFINITY, 1.25],
];
/** Up to so many letters are drawn in place of points. */
const LETTERS = 260;
const LONGEST = 14;
/** How many steps before the one shown are drawn darker. */
const TRAIL = 12;
/** How much of its ink the path of a short text has. */
const PATH = 0.35;

export class MapPainter {
  #image: ImageData | null = null;

  constructor(
    private readonly points: HTMLCanvasElement,
    private readonly marks: HTMLCanvasElement,
    private readonly font: () => string,
  ) {}

  /** Draws the points; returns whether letters stand in their place. */
  drawPoints(picture: MapPicture): boolean {
    const context = fitCanvas(this.points, picture.size);
    const shown = inView(picture);
    const letters = shown !== null && drawLetters(context, picture, shown, this.font());
    if (!letters) this.#drawDots(context, picture);
    return letters;
  }

  /** A stamp for each point, into pixels: of a hundred thousand a canvas would draw one path each. */
  #drawDots(context: CanvasRenderingContext2D, picture: MapPicture): void {
    const { map, colors, palette, window, size, selected } = picture;
    const ratio = devicePixelRatio || 1;
    const [width, height] = devicePixels(size);
    this.#image = imageOfSize(this.#image, width, height);
    const pixels = new Uint32Array(this.#image.data.buffer);
    pixels.fill(pixelOf(palette.ground));
    const stamp = stampOf(ratio * radiusOf(map.count), width);
    // Half covered at the edge: mixed once with the ground, whatever lies below.
    const inks = colors.colors.map((color) => inksOf(color, palette.ground));
    const faint = inksOf(palette.line, palette.ground);
    const { left, top, scale } = window;
    const [xs, ys, of] = [map.x, map.y, colors.of];
    const edge = stamp.reach;
    const [offsets, covers] = [stamp.offsets, stamp.covers];
    for (let pass = selected === null ? 1 : 0; pass < 2; pass++) {
      // Those of the text come last, over those of a corpus.
      for (let n = map.count - 1; n >= 0; n--) {
        if (selected !== null && selected[n] !== pass) continue;
        const px = Math.round((left + scale * (xs[n] ?? 0)) * ratio);
        const py = Math.round((top - scale * (ys[n] ?? 0)) * ratio);
        if (px < edge || py < edge || px >= width - edge || py >= height - edge) continue;
        const ink = pass === 0 ? faint : (inks[of[n] ?? 0] ?? faint);
        const center = py * width + px;
        for (let k = 0; k < offsets.length; k++) {
          const cover = covers[k] ?? 0;
          const at = center + (offsets[k] ?? 0);
          if (cover === FULL || pixels[at] === ink[0]) pixels[at] = ink[cover] ?? 0;
        }
      }
    }
    context.putImageData(this.#image, 0, 0);
    drawPath(context, picture);
  }

  drawMarks(picture: MapPicture, marks: MapMarks): void {
    const { size, palette } = picture;
    const context = fitCanvas(this.marks, size);
    context.clearRect(0, 0, size.width, size.height);
    if (picture.path !== null) drawTrail(context, picture, picture.path, marks.at);
    else if (marks.own.length > 1) drawLine(context, picture, marks.own, css(palette.accent), 1.5);
    drawRegion(context, picture, marks.region);
    const { pointed } = marks;
    if (pointed !== null) ring(context, picture, pointed, palette.ink, 7);
    for (const point of marks.own) ring(context, picture, point, palette.accent, 8);
  }
}

function radiusOf(count: number): number {
  return RADII.find(([most]) => count <= most)?.[1] ?? 1;
}

/** So many degrees of coverage are told apart. */
const FULL = 4;

interface Stamp {
  /** The pixels of a disc, relative to its middle, and how much of each is covered: 1 to FULL. */
  readonly offsets: Int32Array;
  readonly covers: Uint8Array;
  readonly reach: number;
}

function stampOf(radius: number, width: number): Stamp {
  const reach = Math.ceil(radius);
  const cells: [number, number][] = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const part = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(x, y)));
      const cover = Math.round(part * FULL);
      if (cover > 0) cells.push([y * width + x, cover]);
    }
  }
  return {
    offsets: Int32Array.from(cells, ([offset]) => offset),
    covers: Uint8Array.from(cells, ([, cover]) => cover),
    reach,
  };
}

/** A colour at each degree of coverage of the ground. */
function inksOf(color: Rgb, ground: Rgb): number[] {
  return Array.from({ length: FULL + 1 }, (_, cover) => {
    const mixed = color.map((one, i) => {
      const below = ground[i] ?? 0;
      return Math.round(below + ((one - below) * cover) / FULL);
    });
    return pixelOf(mixed as unknown as Rgb);
  });
}

function placeOf({ map, window }: MapPicture, point: number): readonly [number, number] {
  const { left, top, scale } = window;
  return [left + scale * (map.x[point] ?? 0), top - scale * (map.y[point] ?? 0)];
}

/** The points in view; null: they are too many for letters. */
function inView(picture: MapPicture): number[] | null {
  const { map, size } = picture;
  const found: number[] = [];
  for (let n = 0; n < map.count; n++) {
    const [x, y] = placeOf(picture, n);
    if (x < 0 || y < 0 || x > size.width || y > size.height) continue;
    if (found.length === LETTERS) return null;
    found.push(n);
  }
  return found;
}

/** Each point as its symbol; false: these are too long. */
function drawLetters(
  context: CanvasRenderingContext2D,
  picture: MapPicture,
  points: readonly number[],
  font: string,
): boolean {
  const { map, colors, palette, size, selected } = picture;
  const labels = points.map((n) => symbolName(symbolAt(map, stepOf(map, n))).slice(0, LONGEST));
  if (labels.reduce((sum, label) => sum + label.length, 0) > LETTERS) return false;
  context.fillStyle = css(palette.ground);
  context.fillRect(0, 0, size.width, size.height);
  drawPath(context, picture);
  context.font = `600 13px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  points.forEach((n, i) => {
    const [x, y] = placeOf(picture, n);
    const color = colors.colors[colors.of[n] ?? 0] ?? palette.ink;
    const other = color === palette.line ? palette.muted : color;
    context.fillStyle = css(selected !== null && selected[n] === 0 ? palette.line : other);
    context.fillText(labels[i] ?? "", x, y + 0.5);
  });
  return true;
}

/** The whole path, the fainter the longer it is; symbols are passed too often for that. */
function drawPath(context: CanvasRenderingContext2D, picture: MapPicture): void {
  const { path, map, palette } = picture;
  if (path === null || isOfSymbols(map)) return;
  context.globalAlpha = PATH * Math.min(1, Math.sqrt(100 / path.length));
  drawLine(context, picture, path, css(palette.muted), 0.75);
  context.globalAlpha = 1;
}

/** The last steps to the one shown. */
function drawTrail(
  context: CanvasRenderingContext2D,
  picture: MapPicture,
  path: Int32Array,
  at: number,
): void {
  for (let n = Math.max(1, at - TRAIL + 1); n <= at; n++) {
    context.globalAlpha = 0.15 + (0.75 * (n - at + TRAIL)) / TRAIL;
    drawLine(context, picture, path.subarray(n - 1, n + 1), css(picture.palette.accent), 1.75);
  }
  context.globalAlpha = 1;
}

function drawLine(
  context: CanvasRenderingContext2D,
  picture: MapPicture,
  points: Iterable<number>,
  color: string,
  width: number,
): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.beginPath();
  for (const point of points) context.lineTo(...placeOf(picture, point));
  context.stroke();
}

function drawRegion(
  context: CanvasRenderingContext2D,
  { palette, window }: MapPicture,
  region: Polygon,
): void {
  if (region.length === 0) return;
  context.beginPath();
  for (const [x, y] of region) {
    context.lineTo(window.left + window.scale * x, window.top - window.scale * y);
  }
  context.closePath();
  context.fillStyle = css(palette.mark);
  context.globalAlpha = 0.08;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = css(palette.mark);
  context.lineWidth = 1.5;
  context.stroke();
}

function ring(
  context: CanvasRenderingContext2D,
  picture: MapPicture,
  point: number,
  color: Rgb,
  radius: number,
): void {
  context.beginPath();
  context.arc(...placeOf(picture, point), radius, 0, 2 * Math.PI);
  context.lineWidth = 4;
  context.strokeStyle = css(picture.palette.ground);
  context.stroke();
  context.lineWidth = 2;
  context.strokeStyle = css(color);
  context.stroke();
}
