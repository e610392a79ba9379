/** The map of one model: the plane, what stands at the point shown, its nearest states, and the region's characters. */
import { makePalette, type Palette } from "../core/color";
import { listen, make, write } from "../core/dom";
import { type Colouring, colouringOf, type MapColors, mapColors } from "../state/map-colors";
import { pointsOfToken, positionAt, samePlaces } from "../state/map-points";
import { circleAround, squareAround } from "../state/map-window";
import { factWords, hereWords, predictionWords } from "../state/map-words";
import type { Polygon } from "../state/point-grid";
import { capital, placeWords } from "../state/unit-words";
import type { Facet } from "../wire";
import type { PointMap } from "../wire/state-map";
import type { Drawing } from "./drawing";
import type { InstrumentHost } from "./instruments";
import { MapBar } from "./state-map-bar";
import { NearList } from "./state-map-list";
import { type DragMode, MapPlane } from "./state-map-plane";
import { MapRegion } from "./state-map-region";

export interface MapFacetHandlers extends Pick<InstrumentHost, "colourText" | "alone"> {
  /** The reader wants something else mapped. */
  choose(source: string): void;
  /** The reader has drawn a region; of no corners: has cleared it. */
  drawn(source: string, corners: Polygon): void;
  pointAt(position: number): void;
  pin(position: number | null): void;
  /** The nearest of a point are wanted that are not here; null: no longer. */
  needNear(point: number | null): void;
  /** To be said to who does not see the map. */
  speak(words: string): void;
}

/** What is common to all models. */
export interface MapOptions {
  readonly path: boolean;
  readonly mode: DragMode;
}

/** The first radius of a selection by key, in pixels, and how much it grows with each press. */
const AROUND = 28;
const GROWS = 1.5;

export class MapFacet {
  readonly el = make("div", "map");
  readonly #error = make("div", "map-error");
  readonly #bar: MapBar;
  readonly #plane: MapPlane;
  readonly #here = make("div", "map-here");
  readonly #region: MapRegion;
  readonly #facts = make("div", "map-facts");
  readonly #near: NearList;
  readonly #content: HTMLElement;
  #map: PointMap | null = null;
  #palette: Palette | null = null;
  /** The colours that the reader has chosen. */
  #chosen: Colouring | null = null;
  #colors: readonly [PointMap, Colouring, Palette, MapColors] | null = null;
  #options: MapOptions = { path: true, mode: "lasso" };
  #shown = 0;
  #pointedText: number | null = null;
  /** The point that the pointer is at, or a line of the list; and the one of a corpus that was pressed. */
  #pointed: number | null = null;
  #kept: number | null = null;
  #radius = AROUND;

  constructor(
    private readonly characters: readonly string[],
    private readonly facet: Facet,
    index: number,
    private readonly handlers: MapFacetHandlers,
    signal: AbortSignal,
  ) {
    this.#plane = new MapPlane(
      {
        point: (point) => {
          if (point !== null) this.#near.keep(point);
          this.#point(point);
        },
        press: (point) => this.#press(point),
        select: (region) => this.#drawRegion(region),
        walk: (by) => this.#walk(by),
        selectAround: () => this.#selectAround(),
        pin: (on) => this.#pin(on),
      },
      `Map of ${facet.name}`,
      signal,
    );
    this.#bar = new MapBar(
      facet.name,
      handlers.alone,
      {
        choose: (source) => handlers.choose(source),
        colour: (by) => {
          this.#chosen = by;
          this.#draw();
        },
        zoom: (by) => this.#plane.zoom(by),
      },
      signal,
    );
    this.#near = new NearList(
      characters,
      facet.name,
      {
        ...handlers,
        point: (point) => this.#point(point, false),
        press: (point) => this.#press(point),
      },
      signal,
    );
    this.#region = new MapRegion(
      facet,
      characters.length,
      (colours) => handlers.colourText(index, colours),
      () => this.#drawRegion([]),
      signal,
    );
    this.#content = make(
      "div",
      "map-content",
      this.#bar.el,
      this.#plane.el,
      this.#bar.legend,
      this.#here,
      this.#region.el,
      this.#near.el,
      this.#facts,
    );
    this.#content.hidden = true;
    listen(this.#content, "pointerleave", () => this.#near.release(), signal);
    this.el.append(this.#error, this.#content);
  }

  /** The name of what is mapped; null: nothing is yet. */
  get source(): string | null {
    return this.#map?.sources[this.#map.source] ?? null;
  }

  /** Other points than before end a selection and what was pointed at; returns whether the same source has others. */
  take(map: PointMap): boolean {
    const before = this.#map;
    const same = before?.count === map.count && before.source === map.source;
    write(this.#error, "");
    this.#content.hidden = false;
    const { near, waitsFor } = map;
    this.#map = same && samePlaces(before, map) ? { ...before, near, waitsFor } : map;
    if (!same) {
      this.#pointed = this.#kept = null;
      this.#near.keep(null);
      this.#region.clear();
    }
    this.#draw();
    return !same && before?.source === map.source;
  }

  /** Says why there is no map. */
  fail(words: string): void {
    this.#map = null;
    this.#content.hidden = true;
    write(this.#error, words);
    this.#region.clear();
  }

  show({ shown, palette }: Drawing, options: MapOptions): void {
    if (this.#palette?.ground !== palette.ground) {
      this.#palette = makePalette(palette.ground, true);
      if (this.#map !== null && this.#region.selected !== null) {
        this.#region.light(this.#map, this.#palette);
      }
    }
    if (this.#shown !== shown) {
      this.#pointedText = this.#kept = null;
      if (this.#pointed === null) this.#near.keep(null);
    }
    this.#shown = shown;
    this.#options = options;
    this.#plane.mode = options.mode;
    this.#draw();
  }

  /** The pointer is at a character of the text while another one is pinned. */
  pointText(position: number | null): void {
    this.#pointedText = position;
    this.#draw();
  }

  get #position(): number {
    return this.#pointedText ?? this.#shown;
  }

  /** `follow`: the text shows the character there. */
  #point(point: number | null, follow = true): void {
    if (point === this.#pointed) return;
    this.#pointed = point;
    const map = this.#map;
    const position = point === null || map === null ? null : positionAt(map, this.facet, point);
    if (follow && position !== null) this.handlers.pointAt(position);
    this.#draw();
  }

  #press(point: number): void {
    const map = this.#map;
    if (map === null) return;
    const position = positionAt(map, this.facet, point);
    if (position !== null) this.handlers.pin(position);
    else {
      this.#kept = this.#kept === point ? null : point;
      this.#draw();
    }
  }

  #drawRegion(corners: Polygon): void {
    this.select(corners);
    this.handlers.drawn(this.source ?? "", corners);
  }

  /** Selects the points of a region; of no corners: none. */
  select(corners: Polygon): void {
    const [map, palette, { corners: before }] = [this.#map, this.#palette, this.#region];
    if (corners === before || corners.length + before.length === 0) return;
    if (corners.length === 0) {
      this.#region.clear();
      this.#radius = AROUND;
    } else if (map !== null && palette !== null) {
      this.#region.select(map, corners, this.#plane.inside(corners), palette);
    }
    this.#draw();
  }

  #selectAround(): void {
    const map = this.#map;
    const [point] = this.#own();
    if (map === null || point === undefined) return;
    const center = [map.x[point] ?? 0, map.y[point] ?? 0] as const;
    if (this.#region.selected !== null) this.#radius *= GROWS;
    const around = this.#options.mode === "rectangle" ? squareAround : circleAround;
    this.#drawRegion(around(this.#plane.window, ...center, this.#radius));
  }

  /** Enter pins the character shown; Escape ends the selection, then releases what is kept. */
  #pin(on: boolean): boolean {
    if (on) this.handlers.pin(this.#position);
    else if (this.#region.selected !== null) this.#drawRegion([]);
    else if (this.#kept !== null) {
      this.#kept = null;
      this.#draw();
    } else return false;
    return true;
  }

  /** To the token after, or before, the one shown. */
  #walk(by: number): void {
    const map = this.#map;
    if (map === null) return;
    const { tokenAt, tokens, ends, starts } = this.facet;
    const token = Math.max(0, Math.min(tokens - 1, (tokenAt[this.#position] ?? 0) + by));
    const to = Math.max(starts[token] ?? 0, (ends[token] ?? 1) - 1);
    this.#pointed = this.#kept = null;
    this.#near.keep(null);
    this.handlers.pointAt(to);
    const step = map.ofTokens[token] ?? 0;
    const said = predictionWords(map, step);
    this.handlers.speak(`${capital(placeWords(this.characters, to))}${said && `: ${said}`}.`);
  }

  /** The points of the token shown. */
  #own(): number[] {
    const map = this.#map;
    return map === null ? [] : pointsOfToken(map, this.facet.tokenAt[this.#position] ?? 0);
  }

  #draw(): void {
    const [map, palette] = [this.#map, this.#palette];
    if (map === null || palette === null) return;
    const by = colouringOf(map, this.#chosen);
    const colors = this.#colorsOf(map, by, palette);
    const own = this.#own();
    const resting = this.#kept ?? own.at(-1) ?? 0;
    const at = this.#pointed ?? resting;
    const path = this.#options.path && map.layers.length === 1 ? map.ofTokens : null;
    const marks = {
      at: this.facet.tokenAt[this.#position] ?? 0,
      own,
      pointed: own.includes(at) ? null : at,
      region: this.#region.corners,
    };
    this.#plane.show({ map, colors, palette, selected: this.#region.selected, path, marks });
    this.#bar.show(map, by, colors, palette);
    write(this.#here, hereWords(map, this.characters, at));
    this.#near.show(map, resting);
    write(this.#facts, factWords(map));
  }

  #colorsOf(map: PointMap, by: Colouring, palette: Palette): MapColors {
    const [of, coloured, ground, known] = this.#colors ?? [];
    if (known && of?.symbol === map.symbol && coloured === by && ground === palette) return known;
    const colors = mapColors(map, by, palette);
    this.#colors = [map, by, palette, colors];
    return colors;
  }
}
