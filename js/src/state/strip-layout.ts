/** Where the columns and rows of a strip of units are, in CSS pixels; pure arithmetic. */

/** The first, and the one after the last. */
export type Run = readonly [number, number];

export interface StripLayout {
  /** How many columns (characters) and rows (units) there are. */
  readonly columns: number;
  readonly rows: number;
  readonly columnWidth: number;
  readonly rowHeight: number;
  /** The room at the left for the names of units, above for characters, below for a unit's curve. */
  readonly left: number;
  readonly above: number;
  readonly below: number;
  /** The size of the box that scrolls. */
  readonly width: number;
  readonly height: number;
}

export interface Scroll {
  readonly x: number;
  readonly y: number;
}

/** The height that rows of all units may take before they scroll, and the least height of one. */
const ROWS_HEIGHT = 288;
const LETTER_WIDTH = 10;

export interface StripWish {
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  /** Whether the whole text is to be seen, as far as a column has a pixel. */
  readonly overview: boolean;
}

export function stripLayout({ columns, rows, width, overview }: StripWish): StripLayout {
  const left = width < 420 ? 34 : 46;
  const fit = Math.floor((width - left) / Math.max(1, columns));
  const columnWidth = overview ? Math.max(1, Math.min(LETTER_WIDTH, fit)) : LETTER_WIDTH;
  const least = overview ? 1 : 3;
  const rowHeight = Math.max(least, Math.min(16, Math.floor(ROWS_HEIGHT / Math.max(1, rows))));
  const above = columnWidth < LETTER_WIDTH ? 6 : 20;
  const below = 66;
  const height = above + Math.min(ROWS_HEIGHT, rows * rowHeight) + below;
  return { columns, rows, columnWidth, rowHeight, left, above, below, width, height };
}

/** The size of all of it. */
export function fullSize(of: StripLayout): { readonly width: number; readonly height: number } {
  return {
    width: of.left + of.columns * of.columnWidth,
    height: of.above + of.rows * of.rowHeight + of.below,
  };
}

/** The columns of which anything is in view. */
export function columnsInView(of: StripLayout, { x }: Scroll): Run {
  const last = Math.ceil((x + of.width - of.left) / of.columnWidth);
  return [Math.max(0, Math.floor(x / of.columnWidth)), Math.min(of.columns, last)];
}

/** The rows of which anything is in view. */
export function rowsInView(of: StripLayout, { y }: Scroll): Run {
  const last = Math.ceil((y + of.height - of.above - of.below) / of.rowHeight);
  return [Math.max(0, Math.floor(y / of.rowHeight)), Math.min(of.rows, last)];
}

/** The column and the row at a place in the box; null: there is none. The curve below belongs to no row. */
export function cellAt(
  of: StripLayout,
  { x, y }: Scroll,
  place: Scroll,
): { readonly column: number | null; readonly row: number | null } {
  const column = Math.floor((place.x - of.left + x) / of.columnWidth);
  const row = Math.floor((place.y - of.above + y) / of.rowHeight);
  const across = place.x >= of.left && column >= 0 && column < of.columns;
  const down = place.y >= of.above && place.y < of.height - of.below && row >= 0 && row < of.rows;
  return { column: across ? column : null, row: down ? row : null };
}

/** Where to scroll so that a column is in view; where it is, nowhere else. */
export function scrollToColumn(of: StripLayout, x: number, column: number): number {
  const [at, room] = [column * of.columnWidth, of.width - of.left];
  if (at >= x && at + of.columnWidth <= x + room) return x;
  return Math.max(0, at - (room - of.columnWidth) / 2);
}

/** Where to scroll so that a row is in view. */
export function scrollToRow(of: StripLayout, y: number, row: number): number {
  const [at, room] = [row * of.rowHeight, of.height - of.above - of.below];
  if (at < y) return at;
  return at + of.rowHeight > y + room ? at + of.rowHeight - room : y;
}
