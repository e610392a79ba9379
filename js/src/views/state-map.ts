/** The instrument that maps the states of the models, or their token embeddings, into a plane. */
import { listen, make, makeButton, mark, onAbort, write } from "../core/dom";
import type { Polygon } from "../state/point-grid";
import type { Ask, AskKind } from "../wire";
import type { Fields } from "../wire/fields";
import { decodePointMaps } from "../wire/state-map";
import type { Drawing } from "./drawing";
import type { Instrument, InstrumentHost } from "./instruments";
import { KernelAsking } from "./kernel-asking";
import { RadioGroup } from "./radio-group";
import { SpokenAtRest } from "./spoken-at-rest";
import { MapFacet } from "./state-map-facet";
import { KnownRegions } from "./state-map-known-regions";
import type { DragMode } from "./state-map-plane";

/** When it is said that no map has come, in milliseconds. */
const SILENT = { pca: 20_000, umap: 300_000 } as const;
/** How long a reader rests on a point before its nearest are asked for. */
const REST = 180;

const MODES = [
  { name: "lasso", label: "lasso", title: "Draw around points: which characters are there?" },
  {
    name: "rectangle",
    label: "rectangle",
    title: "From corner to corner around points: which characters are there?",
  },
  { name: "move", label: "moves", title: "Dragging moves the map (always with Shift)" },
] as const;

const METHODS = [
  { name: "pca", label: "PCA", title: "The plane in which the states vary most" },
  { name: "umap", label: "UMAP", title: "Keeps who is near, not how far; may take a minute" },
] as const;

const READING = "Reading the states…";
const PLACING = "UMAP places the states, which may take a minute…";
const PATH = "The points of the text one after the other";

type Method = Ask<"map">["method"];

export function makeStateMap(host: InstrumentHost, signal: AbortSignal): Instrument {
  const { scene, places } = host;
  const status = make("span", "map-status");
  mark(status, "role", "status");
  const asking = new KernelAsking(host, status);
  const spoken = new SpokenAtRest(host.after, signal);
  let mode: DragMode = "lasso";
  let method: Method = "pca";
  let path = true;
  let drawing: Drawing | null = null;
  const sources: (string | null)[] = scene.facets.map(() => null);
  const near: (number | null)[] = scene.facets.map(() => null);
  /** The points at which the reader rests, whose nearest are asked for next. */
  const wanted: (number | null)[] = [...near];
  const regions = new KnownRegions(host, signal);

  const modes = new RadioGroup("dragging", MODES, (name) => change({ mode: name }), signal);
  const methods = new RadioGroup("placed by", METHODS, place, signal);
  methods.el.hidden = true;
  const paths = makeButton("button toggle", "path of the text", PATH);
  listen(paths, "click", () => change({ path: !path }), signal);
  const el = make("div", "map-choices", modes.el, methods.el, paths, status, spoken.el);
  const facets = scene.facets.map((facet, i) => {
    const handlers = {
      alone: host.alone,
      colourText: host.colourText,
      choose: (source: string) => {
        sources[i] = source;
        near[i] = wanted[i] = null;
        ask();
      },
      drawn: (source: string, corners: Polygon) => {
        regions.draw(i, corners.length === 0 ? null : { source, method, corners });
      },
      pointAt,
      pin: host.pin,
      needNear: (point: number | null) => rest(i, point),
      speak: (words: string) => spoken.say(words),
    };
    const view = new MapFacet(scene.characters, facet, i, handlers, signal);
    places[i]?.append(view.el);
    return view;
  });
  onAbort(signal, () => {
    asking.end();
    facets.forEach((_, i) => {
      host.colourText(i, null);
    });
    if (asking.begun) host.ask({ ...fields(), wanted: false });
  });
  showChoices();
  return { el, show, read, refused, point };

  function show(now: Drawing): void {
    drawing = now;
    facets.forEach((facet, i) => {
      facet.show(now, { path, mode });
      facet.select(regions.cornersOn(i, facet.source, method));
    });
    if (host.alone) asking.sayAlone(facets.some(({ source }) => source !== null));
    else if (!asking.begun) ask();
  }

  function fields() {
    return { wanted: true, sources: [...sources], method, near: [...near] };
  }

  function ask(): void {
    if (host.alone) return;
    asking.ask(fields(), method === "pca" ? READING : PLACING, SILENT[method]);
  }

  /** Asks for the nearest of a point, once the reader rests there. */
  function rest(i: number, point: number | null): void {
    if (host.alone) return;
    // Null: what was asked for is enough. All models wait together, so that none undoes another's.
    wanted[i] = point ?? near[i] ?? null;
    asking.onceAtRest(REST, () => {
      if (wanted.every((one, n) => one === near[n])) return;
      near.splice(0, near.length, ...wanted);
      ask();
    });
  }

  function read(message: Fields, kind: AskKind): void {
    if (kind === "map_regions") {
      regions.read(message);
      if (drawing !== null) show(drawing);
      return;
    }
    const found = decodePointMaps(message, scene.facets);
    if (found.epoch !== scene.epoch) return;
    if (!asking.expects(found.serial)) return;
    asking.answered();
    method = found.method;
    methods.el.hidden = host.alone || found.methods.length < 2;
    showChoices();
    found.facets.forEach((map, i) => {
      if ("error" in map) facets[i]?.fail(map.error);
      else if (facets[i]?.take(map)) regions.pointsChanged(i);
    });
    if (drawing !== null) show(drawing);
  }

  /** What is refused is not asked for again until something changes. */
  function refused(words: string, kind: AskKind): void {
    if (kind === "map") asking.answered(words);
    else write(status, words);
  }

  function point(position: number | null): void {
    for (const facet of facets) facet.pointText(position);
  }

  function pointAt(position: number): void {
    if (drawing?.frame.pinned) point(position);
    else host.pointAt(position);
  }

  function place(by: Method): void {
    method = by;
    showChoices();
    ask();
  }

  function change(to: { readonly mode?: DragMode; readonly path?: boolean }): void {
    ({ mode = mode, path = path } = to);
    showChoices();
    if (drawing !== null) show(drawing);
  }

  function showChoices(): void {
    modes.show(mode);
    methods.show(method);
    mark(paths, "aria-pressed", String(path));
  }
}
