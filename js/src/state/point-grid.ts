/** Finds points of a plane by their place: those in each cell of a grid lie one after the other. */

const PER_CELL = 3;
const MOST_CELLS = 400;

/** x and y, in pairs. */
export type Polygon = readonly (readonly [number, number])[];

export class PointGrid {
  readonly #cells: number;
  readonly #left: number;
  readonly #top: number;
  readonly #size: number;
  readonly #starts: Int32Array;
  readonly #points: Int32Array;

  constructor(
    private readonly x: Float32Array,
    private readonly y: Float32Array,
  ) {
    const { length } = x;
    const [left, right] = rangeOf(x);
    const [top, bottom] = rangeOf(y);
    this.#left = left;
    this.#top = top;
    const cells = Math.max(1, Math.min(MOST_CELLS, Math.ceil(Math.sqrt(length / PER_CELL))));
    this.#cells = cells;
    this.#size = Math.max(right - left, bottom - top) / cells || 1;
    const starts = new Int32Array(cells * cells + 1);
    const of = new Int32Array(length);
    for (let n = 0; n < length; n++) {
      const cell = this.#column(x[n] ?? 0) + cells * this.#row(y[n] ?? 0);
      of[n] = cell;
      starts[cell + 1] = (starts[cell + 1] ?? 0) + 1;
    }
    for (let c = 0; c < cells * cells; c++) starts[c + 1] = (starts[c + 1] ?? 0) + (starts[c] ?? 0);
    const next = starts.slice();
    this.#points = new Int32Array(length);
    for (let n = 0; n < length; n++) {
      const cell = of[n] ?? 0;
      const at = next[cell] ?? 0;
      this.#points[at] = n;
      next[cell] = at + 1;
    }
    this.#starts = starts;
  }

  #column(x: number): number {
    return clamp(Math.floor((x - this.#left) / this.#size), this.#cells - 1);
  }

  #row(y: number): number {
    return clamp(Math.floor((y - this.#top) / this.#size), this.#cells - 1);
  }

  /** The nearest point within a distance, of equally near ones the first; null: there is none. */
  nearest(x: number, y: number, within: number): number | null {
    let best: number | null = null;
    let least = within * within;
    this.#each(x - within, y - within, x + within, y + within, (n) => {
      const apart = ((this.x[n] ?? 0) - x) ** 2 + ((this.y[n] ?? 0) - y) ** 2;
      if (apart > least || (apart === least && best !== null && best < n)) return;
      least = apart;
      best = n;
    });
    return best;
  }

  /** The points inside a polygon, rising. */
  inside(polygon: Polygon): number[] {
    if (polygon.length < 3) return [];
    const [xs, ys] = [polygon.map(([x]) => x), polygon.map(([, y]) => y)];
    const found: number[] = [];
    const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const;
    this.#each(...box, (n) => {
      if (isInside(this.x[n] ?? 0, this.y[n] ?? 0, polygon)) found.push(n);
    });
    return found.sort((a, b) => a - b);
  }

  #each(
    left: number,
    top: number,
    right: number,
    bottom: number,
    act: (point: number) => void,
  ): void {
    const cells = this.#cells;
    const [first, last] = [this.#column(left), this.#column(right)];
    for (let row = this.#row(top); row <= this.#row(bottom); row++) {
      const from = this.#starts[row * cells + first] ?? 0;
      const to = this.#starts[row * cells + last + 1] ?? 0;
      for (let at = from; at < to; at++) act(this.#points[at] ?? 0);
    }
  }
}

/** Whether a ray from a place crosses the polygon's edges an odd number of times. */
export function isInside(x: number, y: number, polygon: Polygon): boolean {
  let inside = false;
  let [fromX, fromY] = polygon.at(-1) ?? [0, 0];
  for (const [toX, toY] of polygon) {
    if (fromY > y !== toY > y && x < ((fromX - toX) * (y - toY)) / (fromY - toY) + toX) {
      inside = !inside;
    }
    [fromX, fromY] = [toX, toY];
  }
  return inside;
}

/** The least and the largest. */
export function rangeOf(values: Float32Array): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value));
