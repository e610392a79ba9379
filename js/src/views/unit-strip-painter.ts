/** Draws a strip of units on a canvas: a column for each character, a row for each unit, and one unit's curve; only what is in view. */
import { css, type Palette, STEPS } from "../core/color";
import { glyph } from "../core/format";
import { pixelOf } from "../core/pixels";
import type { Span } from "../core/scales";
import {
  columnsInView,
  type Run,
  rowsInView,
  type Scroll,
  type StripLayout,
} from "../state/strip-layout";
import { stepOfMultiple, type UnitColors } from "../state/unit-colors";
import type { UnitStates } from "../state/unit-states";
import { NOT_FINITE } from "../wire/states";
import { fitCanvas, imageOfSize } from "./fit-canvas";

export interface StripPicture {
  readonly layout: StripLayout;
  readonly scroll: Scroll;
  /** The family of its words. */
  readonly font: string;
  readonly characters: readonly string[];
  /** The step at each character. */
  readonly tokenAt: Int32Array;
  readonly states: UnitStates;
  /** The unit in each row. */
  readonly order: Int32Array;
  readonly colors: UnitColors;
  /** The colours of the steps from -STEPS to STEPS. */
  readonly pixels: Uint32Array;
  readonly palette: Palette;
  readonly shown: number;
  /** The character pointed at, if it is not the one shown. */
  readonly pointed: number | null;
  /** The unit whose row is marked and whose curve is drawn. */
  readonly unit: number | null;
  readonly pinned: number | null;
  /** The brushed characters, the units that are on exactly there, and other places where they are. */
  readonly brush: Span | null;
  readonly selected: ReadonlySet<number>;
  readonly matches: readonly Span[];
}

/** From this height on, in pixels, each row has its name; else one in so many pixels. */
const NAMED_ROW = 10;
const NAME_EVERY = 26;
const SMALL = 10;

export class StripPainter {
  readonly #cells = document.createElement("canvas");
  #image: ImageData | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {}

  draw(picture: StripPicture): void {
    const { layout, palette } = picture;
    const context = fitCanvas(this.canvas, layout);
    context.fillStyle = css(palette.ground);
    context.fillRect(0, 0, layout.width, layout.height);
    const columns = columnsInView(layout, picture.scroll);
    const rows = rowsInView(layout, picture.scroll);
    this.#drawCells(context, picture, columns, rows);
    drawCurve(context, picture, columns);
    drawMarks(context, picture);
    drawLetters(context, picture, columns);
    drawNames(context, picture, rows);
  }

  /** A pixel a cell, stretched without smoothing. */
  #drawCells(
    context: CanvasRenderingContext2D,
    picture: StripPicture,
    columns: Run,
    rows: Run,
  ): void {
    const { layout, scroll, states, tokenAt, order, colors, pixels, palette } = picture;
    const [wide, high] = [columns[1] - columns[0], rows[1] - rows[0]];
    if (wide <= 0 || high <= 0) return;
    const image = imageOfSize(this.#image, wide, high);
    if (image !== this.#image) {
      this.#image = image;
      this.#cells.width = wide;
      this.#cells.height = high;
    }
    const cells = new Uint32Array(image.data.buffer);
    const missing = pixelOf(palette.hatch);
    const { stepsEach } = colors;
    for (let x = 0; x < wide; x++) {
      const at = states.at(tokenAt[columns[0] + x] ?? 0);
      for (let y = 0; y < high; y++) {
        const unit = order[rows[0] + y] ?? 0;
        const multiple = at?.[unit] ?? NOT_FINITE;
        const step = stepOfMultiple(multiple, stepsEach[unit] ?? 0) + STEPS;
        cells[y * wide + x] = multiple === NOT_FINITE ? missing : (pixels[step] ?? 0);
      }
    }
    this.#cells.getContext("2d")?.putImageData(image, 0, 0);
    context.save();
    context.beginPath();
    context.rect(
      layout.left,
      layout.above,
      layout.width,
      layout.height - layout.above - layout.below,
    );
    context.clip();
    context.imageSmoothingEnabled = false;
    const left = layout.left + columns[0] * layout.columnWidth - scroll.x;
    const top = layout.above + rows[0] * layout.rowHeight - scroll.y;
    const { columnWidth, rowHeight } = layout;
    context.drawImage(this.#cells, left, top, wide * columnWidth, high * rowHeight);
    context.restore();
  }
}

const leftOf = ({ layout, scroll }: StripPicture, column: number) =>
  layout.left + column * layout.columnWidth - scroll.x;

/** The columns shown and pointed at, and the rows of the unit pointed at and the pinned one. */
function drawMarks(context: CanvasRenderingContext2D, picture: StripPicture): void {
  const { layout, scroll, palette, shown, pointed, unit, pinned, order } = picture;
  const { left, above, below, width, height, columnWidth, rowHeight } = layout;
  context.save();
  context.beginPath();
  context.rect(left, above, width - left, height - above);
  context.clip();
  const column = (at: number, color: string) => {
    const x = leftOf(picture, at);
    context.strokeStyle = color;
    context.lineWidth = 1;
    // Around the column, so that its colours stay what they are.
    context.strokeRect(x - 0.5, above - 2, Math.max(2, columnWidth) + 1, height - above + 4);
  };
  if (pointed !== null && pointed !== shown) column(pointed, css(palette.muted));
  column(shown, css(palette.accent));
  context.beginPath();
  context.rect(left, above, width - left, height - above - below);
  context.clip();
  for (const one of new Set([pinned, unit])) {
    const row = one === null ? -1 : order.indexOf(one);
    if (row < 0) continue;
    const y = above + row * rowHeight - scroll.y;
    context.strokeStyle = css(one === unit ? palette.ink : palette.muted);
    context.strokeRect(left - 2, y - 0.5, width - left + 4, rowHeight + 1);
  }
  context.restore();
}

/** The characters above their columns. */
function drawLetters(context: CanvasRenderingContext2D, picture: StripPicture, columns: Run): void {
  const { layout, palette, font, characters, shown, pointed, brush, matches } = picture;
  const { left, above, width, columnWidth } = layout;
  const under = (p: number, color: string, height: number) => {
    context.fillStyle = color;
    context.fillRect(leftOf(picture, p), above - 1 - height, Math.max(1, columnWidth), height);
  };
  context.fillStyle = css(palette.ground);
  context.fillRect(left, 0, width - left, above - 1);
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let p = columns[0]; p < columns[1]; p++) {
    const own = p === shown;
    const x = leftOf(picture, p) + columnWidth / 2;
    if (own || p === pointed) under(p, css(own ? palette.accent : palette.muted), 2);
    if (brush !== null && brush.start <= p && p < brush.end) under(p, css(palette.mark), 4);
    else if (matches.some(({ start, end }) => start <= p && p < end))
      under(p, css(palette.mark), 1);
    if (above <= SMALL) continue;
    context.font = `${own ? "700 " : ""}13px ${font}`;
    context.fillStyle = css(own ? palette.ink : palette.muted);
    context.fillText(
      glyph(characters[p] ?? "")
        .slice(0, 2)
        .trim(),
      x,
      (above - 3) / 2,
    );
  }
}

/** The names of units at the left, and that of the one pointed at over them. */
function drawNames(context: CanvasRenderingContext2D, picture: StripPicture, rows: Run): void {
  const { layout, scroll, palette, font, states, order, unit, pinned, selected } = picture;
  const { left, above, below, height, rowHeight } = layout;
  context.fillStyle = css(palette.ground);
  context.fillRect(0, 0, left - 3, height - below);
  context.textAlign = "right";
  context.textBaseline = "middle";
  const every = rowHeight >= NAMED_ROW ? 1 : Math.ceil(NAME_EVERY / rowHeight);
  const name = (one: number) => String(states.facts.index[one] ?? one);
  const middle = (row: number) => above + (row + 0.5) * rowHeight - scroll.y;
  const low = above + 5;
  const high = height - below - 5;
  const kept = (y: number) => Math.max(low, Math.min(high, y));
  context.font = `${SMALL}px ${font}`;
  context.fillStyle = css(palette.muted);
  const marked = [pinned, unit].flatMap((one) => {
    const row = one === null ? -1 : order.indexOf(one);
    return row < rows[0] || row >= rows[1] ? [] : [kept(middle(row))];
  });
  for (let row = Math.ceil(rows[0] / every) * every; row < rows[1]; row += every) {
    const y = kept(middle(row));
    if (marked.some((one) => Math.abs(one - y) < 11)) continue;
    context.fillText(name(order[row] ?? 0), left - 7, y);
  }
  context.fillStyle = css(palette.mark);
  for (let row = rows[0]; row < rows[1]; row++) {
    if (!selected.has(order[row] ?? -1)) continue;
    const y = above + row * rowHeight - scroll.y;
    context.fillRect(left - 5, y, 4, Math.max(2, rowHeight));
  }
  context.font = `700 11px ${font}`;
  for (const one of [pinned, unit]) {
    const row = one === null ? -1 : order.indexOf(one);
    if (one === null || row < rows[0] || row >= rows[1]) continue;
    context.fillStyle = css(one === unit || unit === null ? palette.ink : palette.muted);
    context.fillText(name(one), left - 7, kept(middle(row)));
  }
}

/** The states of one unit as bars on a common zero, in the colours of its row. */
function drawCurve(context: CanvasRenderingContext2D, picture: StripPicture, columns: Run): void {
  const { layout, palette, font, states, tokenAt, colors, pinned } = picture;
  const unit = picture.unit ?? pinned;
  const { left, below, width, height, columnWidth } = layout;
  const top = height - below;
  context.fillStyle = css(palette.ground);
  context.fillRect(0, top, width, below);
  context.fillStyle = css(palette.line);
  context.fillRect(left, top, width - left, 1);
  context.textBaseline = "middle";
  if (unit === null) {
    context.font = `12px ${font}`;
    context.textAlign = "left";
    context.fillStyle = css(palette.muted);
    context.fillText("point at a unit: its curve", left + 6, top + below / 2);
    return;
  }
  const { low, high } = states.facts;
  const [least, largest] = [Math.min(0, low[unit] ?? 0), Math.max(0, high[unit] ?? 0)];
  const [first, room] = [top + 9, below - 18];
  const y = (value: number) => first + ((largest - value) / (largest - least || 1)) * room;
  const zero = y(0);
  const bar = Math.max(1, columnWidth - (columnWidth > 3 ? 1 : 0));
  const quantum = states.facts.quantum[unit] ?? 0;
  const ends: (readonly [x: number, y: number])[] = [];
  let before: unknown = null;
  for (let p = columns[0]; p < columns[1]; p++) {
    const multiple = states.multiple(tokenAt[p] ?? 0, unit);
    if (multiple === null || multiple === NOT_FINITE) continue;
    const end = y(multiple * quantum);
    const step = stepOfMultiple(multiple, colors.stepsEach[unit] ?? 0);
    const arm = step < 0 ? palette.falling[-step] : palette.rising[step];
    if (arm !== before) context.fillStyle = css(arm?.background ?? palette.ground);
    before = arm;
    const x = leftOf(picture, p);
    context.fillRect(x, Math.min(zero, end), bar, Math.max(1, Math.abs(end - zero)));
    ends.push([x, end - 0.5]);
  }
  // So that pale bars have an end that can be seen.
  context.fillStyle = css(palette.muted);
  for (const [x, end] of ends) context.fillRect(x, end, bar, 1);
  context.fillStyle = css(palette.line);
  context.fillRect(left, zero - 0.5, width - left, 1);
  context.fillStyle = css(palette.ground);
  context.fillRect(0, top, left - 3, below);
  context.textAlign = "right";
  context.font = `${SMALL}px ${font}`;
  context.fillStyle = css(palette.muted);
  for (const end of new Set([largest, least].map((one) => Number(one.toPrecision(2))))) {
    context.fillText(`${end < 0 ? "−" : ""}${Math.abs(end)}`, left - 7, y(end));
  }
}
