/** A region of a map: its points, and the characters of the text that are lit for it. */
import { type Palette, STEPS } from "../core/color";
import { listen, make, makeButton, mark, toggle, write } from "../core/dom";
import { charactersOf } from "../state/map-points";
import { regionWords } from "../state/map-words";
import type { Polygon } from "../state/point-grid";
import type { Facet } from "../wire";
import type { PointMap } from "../wire/state-map";
import type { TextColours } from "./text-view";

/** The step of colour of the characters in a region, on which their letters stay as they are. */
const LIT = Math.round(0.3 * STEPS);
const HINT =
  "Point at a place of the map or of the text. Drag over points: which characters are there?";

export class MapRegion {
  readonly #words = make("span", "map-region");
  readonly #clear = makeButton("button map-clear", "clear");
  readonly el = make("div", "map-region-line", this.#words, this.#clear);
  #corners: Polygon = [];
  #points: readonly number[] = [];
  /** For each point whether it is in the region; null: there is none. */
  #selected: Uint8Array | null = null;

  constructor(
    private readonly facet: Facet,
    private readonly length: number,
    private readonly colourText: (colours: TextColours | null) => void,
    clear: () => void,
    signal: AbortSignal,
  ) {
    listen(this.#clear, "click", clear, signal);
    mark(this.#words, "role", "status");
    this.clear();
  }

  get corners(): Polygon {
    return this.#corners;
  }

  get selected(): Uint8Array | null {
    return this.#selected;
  }

  select(map: PointMap, corners: Polygon, points: readonly number[], palette: Palette): void {
    this.#corners = corners;
    this.#points = points;
    this.#selected = new Uint8Array(map.count);
    for (const point of points) this.#selected[point] = 1;
    const lit = this.light(map, palette);
    this.#say(regionWords(map, points, lit, this.length));
  }

  /** Lights its characters, also in other colours than before; returns how many they are. */
  light(map: PointMap, palette: Palette): number {
    const lit = charactersOf(map, this.facet, this.#points, this.length);
    this.colourText({ steps: Int8Array.from(lit, (on) => on * LIT), palette });
    return lit.reduce((sum, on) => sum + on, 0);
  }

  /** Gives the text back. */
  clear(): void {
    if (this.#selected !== null) this.colourText(null);
    this.#corners = this.#points = [];
    this.#selected = null;
    this.#say(HINT);
  }

  #say(words: string): void {
    const there = this.#selected !== null;
    toggle(this.el, "map-region-there", there);
    this.#clear.style.visibility = there ? "visible" : "hidden";
    write(this.#words, words);
  }
}
