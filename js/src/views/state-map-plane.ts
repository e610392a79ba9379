/** The box of a map: pointer, wheel and keys in it, and when it is drawn. */
import { consume, label, listen, make, onAbort, suppressShortcuts } from "../core/dom";
import {
  type MapWindow,
  moved,
  placeAt,
  rectangleBetween,
  type Size,
  windowOfAll,
  zoomed,
} from "../state/map-window";
import { PointGrid, type Polygon } from "../state/point-grid";
import { type MapMarks, MapPainter, type MapPicture } from "./state-map-painter";

export interface PlaneContent extends Omit<MapPicture, "window" | "size"> {
  readonly marks: MapMarks;
}

export interface PlaneHandlers {
  /** The pointer is at a point; null: at none. */
  point(point: number | null): void;
  press(point: number): void;
  /** A region is drawn; of no corners: it is cleared. */
  select(region: Polygon): void;
  /** A key goes to another token of the text. */
  walk(by: number): void;
  /** A key wants the points around the one shown. */
  selectAround(): void;
  /** Enter, or Escape; returns whether it does anything. */
  pin(on: boolean): boolean;
}

/** How near the pointer must be to a point, in pixels. */
const NEAR = 14;
const ZOOM = 1.5;
/** A corner of a region is taken each so many pixels. */
const CORNER = 3;

const WALKS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** What the mouse draws, a region of either shape, or that it moves the map. */
export type DragMode = "lasso" | "rectangle" | "move";

export class MapPlane {
  readonly el = suppressShortcuts(make("div", "map-plane"));
  mode: DragMode = "lasso";
  readonly #points = make("canvas", "map-points");
  readonly #marks = make("canvas", "map-marks");
  readonly #painter: MapPainter;
  #content: PlaneContent | null = null;
  #grid: PointGrid | null = null;
  #size: Size = { width: 0, height: 0 };
  #all: MapWindow = { left: 0, top: 0, scale: 1 };
  #window: MapWindow | null = null;
  #frame = 0;
  #anew = true;
  /** Where the button was pressed, the corners since, and whether it was moved. */
  #pressed: readonly [number, number] | null = null;
  #corners: Polygon = [];
  #dragged = false;

  constructor(
    private readonly handlers: PlaneHandlers,
    name: string,
    signal: AbortSignal,
  ) {
    this.#painter = new MapPainter(
      this.#points,
      this.#marks,
      () => getComputedStyle(this.el).fontFamily,
    );
    this.el.append(this.#points, this.#marks);
    this.el.tabIndex = 0;
    label(
      this.el,
      "application",
      `${name}, a point for each step. Left and right walk through the text, Space selects the points around the one ` +
        "shown, plus and minus change the size, 0 shows all, Enter pins the character, Escape ends the selection.",
    );
    const sizes = new ResizeObserver(() => this.#resize());
    sizes.observe(this.el);
    onAbort(signal, () => {
      sizes.disconnect();
      cancelAnimationFrame(this.#frame);
    });
    const { el } = this;
    listen(el, "pointerdown", (event) => this.#press(event), signal);
    listen(el, "pointermove", (event) => this.#hover(event), signal);
    // Also beyond the box, once the button was pressed in it.
    listen(window, "pointermove", (event) => this.#drag(event), signal);
    listen(el, "pointerleave", () => handlers.point(null), signal);
    listen(el, "click", (event) => this.#click(event), signal);
    for (const type of ["pointerup", "pointercancel"] as const) {
      listen(window, type, () => this.#release(), signal);
    }
    listen(el, "keydown", (event) => this.#key(event), signal);
    el.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
  }

  /** What is shown; other points end what was enlarged. */
  show(content: PlaneContent): void {
    const before = this.#content;
    this.#content = content;
    const { x, y } = content.map;
    const other = before?.map.x !== x;
    if (other) {
      this.#grid = new PointGrid(x, y);
      const same = before?.map.source === content.map.source && before.map.count === x.length;
      if (!same) this.#window = null;
      this.#resize();
    }
    const keys = ["colors", "palette", "selected", "path"] as const;
    this.#later(other || keys.some((key) => before?.[key] !== content[key]));
  }

  /** The points inside a polygon, rising. */
  inside(region: Polygon): number[] {
    return this.#grid?.inside(region) ?? [];
  }

  /** Which part of the plane is shown. */
  get window(): MapWindow {
    return this.#window ?? this.#all;
  }

  /** Larger or smaller around its middle; 0: all points are shown. */
  zoom(by: number): void {
    const { width, height } = this.#size;
    this.#zoomAt(by, width / 2, height / 2);
  }

  #zoomAt(by: number, x: number, y: number): void {
    this.#window = by === 0 ? null : zoomed(this.window, this.#all, by, x, y);
    this.#later(true);
  }

  #resize(): void {
    const content = this.#content;
    const { clientWidth: width, clientHeight: height } = this.el;
    if (content === null || width === 0) return;
    this.#size = { width, height };
    this.#all = windowOfAll(content.map.x, content.map.y, this.#size);
    this.#later(true);
  }

  /** `anew`: the points too are to be drawn. */
  #later(anew: boolean): void {
    this.#anew ||= anew;
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const content = this.#content;
    if (content === null || this.#size.width === 0) return;
    const picture = { ...content, window: this.window, size: this.#size };
    if (this.#anew) this.#painter.drawPoints(picture);
    this.#anew = false;
    const region = this.#pressed === null ? content.marks.region : this.#corners;
    this.#painter.drawMarks(picture, { ...content.marks, region });
  }

  #at({ clientX, clientY }: MouseEvent): readonly [number, number] {
    const box = this.#marks.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }

  #pointAt(event: MouseEvent): number | null {
    const { window } = this;
    const place = placeAt(window, ...this.#at(event));
    return this.#grid?.nearest(...place, NEAR / window.scale) ?? null;
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#dragged = false;
    this.#pressed = this.#at(event);
    this.#corners = [];
  }

  #hover(event: PointerEvent): void {
    if (this.#pressed === null) this.handlers.point(this.#pointAt(event));
  }

  #drag(event: PointerEvent): void {
    const from = this.#pressed;
    if (from === null) return;
    const [x, y] = this.#at(event);
    const [dx, dy] = [x - from[0], y - from[1]];
    if (Math.hypot(dx, dy) < CORNER) return;
    this.#dragged = true;
    if (this.mode === "move" || event.shiftKey) {
      this.#window = moved(this.window, dx, dy);
      this.#later(true);
    } else {
      const [first = placeAt(this.window, ...from), ...more] = this.#corners;
      const last = placeAt(this.window, x, y);
      this.#corners =
        this.mode === "rectangle" ? rectangleBetween(first, last) : [first, ...more, last];
      this.handlers.select(this.#corners);
    }
    this.#pressed = [x, y];
  }

  #release(): void {
    if (this.#pressed === null) return;
    this.#pressed = null;
    this.#later(false);
  }

  #click(event: MouseEvent): void {
    this.el.focus({ preventScroll: true });
    if (this.#dragged) return;
    const point = this.#pointAt(event);
    if (point === null) this.handlers.select([]);
    else this.handlers.press(point);
  }

  /** The page scrolls, unless the reader works in the map. */
  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey && !this.el.matches(":focus")) return;
    event.preventDefault();
    this.#zoomAt(Math.exp(-0.002 * event.deltaY), ...this.#at(event));
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const walk = WALKS[event.key];
    if (walk !== undefined) this.handlers.walk(walk);
    else if (event.key === "+" || event.key === "=") this.zoom(ZOOM);
    else if (event.key === "-") this.zoom(1 / ZOOM);
    else if (event.key === "0") this.zoom(0);
    else if (event.key === " ") this.handlers.selectAround();
    else if (event.key !== "Enter" && event.key !== "Escape") return;
    else if (!this.handlers.pin(event.key === "Enter")) return;
    consume(event);
  }
}
