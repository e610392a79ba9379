/** The instrument that maps the states of the models, or their token embeddings, into a plane. */
import { listen, make, makeButton, mark, onAbort, write } from "../core/dom";
import type { Polygon } from "../state/point-grid";
import type { Ask, AskKind } from "../wire";
import type { Fields } from "../wire/fields";
import { decodePointMaps } from "../wire/state-map";
import type { Drawing } from "./drawing";
import type { Instrument, InstrumentHost } from "./instruments";
import { NO_ANSWER } from "./notices";
import { RadioGroup } from "./radio-group";
import { MapFacet } from "./state-map-facet";
import { KnownRegions } from "./state-map-known-regions";

/** When it is said that maps are awaited, and when that nothing has come, in milliseconds. */
const SLOW = 400;
const SILENT = { pca: 20_000, umap: 300_000 } as const;
/** How long a reader rests on a point before its nearest are asked for. */
const REST = 180;
/** How long the keyboard rests before it is said where it is. */
const SPEAK_AFTER = 350;

const MODES = [
  {
    name: "select",
    label: "selects",
    title: "Dragging draws a region: which characters are there?",
  },
  { name: "move", label: "moves", title: "Dragging moves the map (always with Shift)" },
] as const;

const METHODS = [
  { name: "pca", label: "PCA", title: "The plane in which the states vary most" },
  { name: "umap", label: "UMAP", title: "Keeps who is near, not how far; may take a minute" },
] as const;

const ALONE = "Without a kernel there is only what was shown when this page was saved.";
const NOTHING = "Nothing of this was saved with the page.";
const READING = "Reading the states…";
const PLACING = "UMAP places the states, which may take a minute…";
const PATH = "The points of the text one after the other";

type Method = Ask<"map">["method"];

export function makeStateMap(host: InstrumentHost, signal: AbortSignal): Instrument {
  const { scene, places } = host;
  const status = make("span", "map-status");
  const spoken = make("div", "spoken");
  for (const said of [status, spoken]) mark(said, "role", "status");
  let mode: "select" | "move" = "select";
  let method: Method = "pca";
  let path = true;
  let drawing: Drawing | null = null;
  const sources: (string | null)[] = scene.facets.map(() => null);
  const near: (number | null)[] = scene.facets.map(() => null);
  /** The points at which the reader rests, whose nearest are asked for next. */
  const wanted: (number | null)[] = [...near];
  const regions = new KnownRegions(host, signal);
  let asked = "";
  let serial: number | null = null;
  let waiting: (() => void) | null = null;
  let resting: (() => void) | null = null;
  let speaking: (() => void) | null = null;

  const modes = new RadioGroup("dragging", MODES, (name) => change({ mode: name }), signal);
  const methods = new RadioGroup("placed by", METHODS, place, signal);
  methods.el.hidden = true;
  const paths = makeButton("button toggle", "path of the text", PATH);
  listen(paths, "click", () => change({ path: !path }), signal);
  const el = make("div", "map-choices", modes.el, methods.el, paths, status, spoken);
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
      speak,
    };
    const view = new MapFacet(scene.characters, facet, i, handlers, signal);
    places[i]?.append(view.el);
    return view;
  });
  onAbort(signal, () => {
    for (const undo of [waiting, resting, speaking]) undo?.();
    facets.forEach((_, i) => {
      host.colourText(i, null);
    });
    if (serial !== null) host.ask({ ...fields(), wanted: false });
  });
  showChoices();
  return { el, show, read, refused, point };

  function show(now: Drawing): void {
    drawing = now;
    facets.forEach((facet, i) => {
      facet.show(now, { path, mode });
      facet.select(regions.cornersOn(i, facet.source, method));
    });
    if (host.alone) write(status, facets.some(({ source }) => source !== null) ? ALONE : NOTHING);
    else if (serial === null) ask();
  }

  function fields() {
    return { wanted: true, sources: [...sources], method, near: [...near] };
  }

  function ask(): void {
    if (host.alone) return;
    waiting?.();
    asked = JSON.stringify(near);
    serial = host.ask(fields());
    waiting = host.after(SLOW, () => {
      write(status, method === "pca" ? READING : PLACING);
      waiting = host.after(SILENT[method], () => write(status, NO_ANSWER));
    });
  }

  /** Asks for the nearest of a point, once the reader rests there. */
  function rest(i: number, point: number | null): void {
    if (host.alone) return;
    // Null: what was asked for is enough. All models wait together, so that none undoes another's.
    wanted[i] = point ?? near[i] ?? null;
    resting?.();
    resting = null;
    if (wanted.every((one, n) => one === near[n])) return;
    resting = host.after(REST, () => {
      near.splice(0, near.length, ...wanted);
      if (JSON.stringify(near) !== asked) ask();
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
    // Another view of the widget may have asked for others.
    if (!host.alone && serial !== null && found.serial !== serial) return;
    waiting?.();
    waiting = null;
    write(status, "");
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
    if (kind === "map") {
      waiting?.();
      waiting = null;
    }
    write(status, words);
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

  function change(to: { readonly mode?: "select" | "move"; readonly path?: boolean }): void {
    ({ mode = mode, path = path } = to);
    showChoices();
    if (drawing !== null) show(drawing);
  }

  function showChoices(): void {
    modes.show(mode);
    methods.show(method);
    mark(paths, "aria-pressed", String(path));
  }

  /** Said once the keyboard rests, so that not every step is. */
  function speak(words: string): void {
    speaking?.();
    speaking = host.after(SPEAK_AFTER, () => write(spoken, words));
  }
}
