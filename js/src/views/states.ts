/** The instrument that shows the states of the models' units on the text, a strip for each model. */
import { listen, make, makeButton, mark, onAbort, write } from "../core/dom";
import type { Span } from "../core/scales";
import type { UnitScale } from "../state/unit-colors";
import type { Ask, AskKind } from "../wire";
import type { Fields } from "../wire/fields";
import type { UnitMatch } from "../wire/generated";
import { decodeUnitWindows, type UnitWindows } from "../wire/states";
import type { Drawing } from "./drawing";
import type { Instrument, InstrumentHost } from "./instruments";
import { NO_ANSWER } from "./notices";
import { RadioGroup } from "./radio-group";
import { UnitFacet } from "./unit-facet";
import { UnitSearchView } from "./unit-search";

/** How long other columns must be in view, or another unit be pointed at, before the kernel is asked, in milliseconds. */
const REST = 60;
/** When it is said that states are awaited, and when that nothing has come. */
const SLOW = 400;
const SILENT = 8000;
/** How long the keyboard rests before it is said where it is. */
const SPEAK_AFTER = 350;
/** How long a reader rests on an input before its route is asked for: it costs the kernel a second. */
const ROUTE_REST = 250;

type UnitOrder = Ask<"states">["order"];

const ORDERS = [
  { name: "similar", label: "likeness", title: "Units with similar curves are neighbours" },
  { name: "change", label: "change", title: "Those first that change most over the text" },
  { name: "number", label: "number", title: "By their place in the layer" },
] as const;

const SCALES = [
  { name: "layer", label: "one for all", title: "The same colour is the same state in all units" },
  {
    name: "unit",
    label: "each unit’s own",
    title: "Full colour is the largest state of each unit",
  },
] as const;

const WIDTHS = [
  { name: "letters", label: "letters", title: "Columns wide enough for their characters" },
  { name: "text", label: "whole text", title: "As much of the text as fits" },
] as const;

const ROUTE =
  "Which units carry an input to the output: pin an output, and point at an earlier character";
const PIN = "Pin an output and point at an earlier character: which units carry it?";
const FOLLOWS = "Following the memory, and running the model again without its strongest unit…";

const ALONE = "Without a kernel there is only what was shown when this page was saved.";

export function makeStates(host: InstrumentHost, signal: AbortSignal): Instrument {
  const { scene, places } = host;
  const status = make("span", "units-status");
  const spoken = make("div", "spoken");
  for (const said of [status, spoken]) mark(said, "role", "status");
  let order: UnitOrder = "similar";
  let scale: UnitScale = "layer";
  let overview = false;
  let routed = false;
  /** The input that is pointed at while an output is pinned. */
  let pointed: number | null = null;
  let drawing: Drawing | null = null;
  /** For each model the layer that the reader has chosen. */
  const layers: (string | null)[] = scene.facets.map(() => null);
  let serial: number | null = null;
  let askedRoute = "null";
  let savedRoute: readonly [number, number] | null = null;
  let waiting: (() => void) | null = null;
  let resting: (() => void) | null = null;
  let speaking: (() => void) | null = null;

  const orders = new RadioGroup("sort units by", ORDERS, (name) => sort(name), signal);
  const scales = new RadioGroup("colours", SCALES, (name) => change({ scale: name }), signal);
  const widths = new RadioGroup(
    "columns",
    WIDTHS,
    (name) => change({ overview: name === "text" }),
    signal,
  );
  const routes = makeButton("button toggle", "route of the memory", ROUTE);
  listen(routes, "click", () => change({ routed: !routed }), signal);
  const choices = host.alone ? [scales, widths] : [orders, scales, widths];
  const search = new UnitSearchView(
    host,
    {
      layers: () => layers.map((one) => one ?? ""),
      choose: (names) => {
        layers.splice(0, layers.length, ...names.map((name) => name || null));
        if (serial !== null) ask(true);
      },
      changed: () => drawing !== null && show(drawing),
    },
    signal,
  );
  const rows = choices.map((one) => one.el);
  const el = make("div", "units-choices", ...rows, routes, search.el, status, spoken);
  places[0]?.append(search.back.el);
  const facets = scene.facets.map((facet, i) => {
    const handlers = {
      alone: host.alone,
      colourText: host.colourText,
      choose: (layer: string) => {
        layers[i] = layer;
        ask(true);
      },
      brush: (span: Span | null) => host.choose({ brush: span }),
      go: (match: UnitMatch | null) => search.visit(match),
      canVisit: search.canVisit,
      pointAt,
      needCurve: later,
      scrolled: (x: number) => {
        for (const other of facets) other.scrollTo(x);
        later();
      },
      speak,
    };
    const view = new UnitFacet(scene.characters, facet, i, handlers, signal);
    places[i]?.append(view.el);
    return view;
  });
  onAbort(signal, () => {
    for (const undo of [waiting, resting, speaking]) undo?.();
    facets.forEach((_, i) => {
      host.colourText(i, null);
    });
    if (serial !== null) host.ask({ ...fields(), around: null, values: false });
  });
  showChoices();
  return { el, show, read, refused, point };

  function show(now: Drawing): void {
    drawing = now;
    facets.forEach((facet, i) => {
      facet.show(now, options(), search.found(i));
    });
    search.show(now);
    if (host.alone) write(status, facets.some(({ layer }) => layer !== null) ? ALONE : NOTHING);
    else if (serial === null) ask();
    else if (JSON.stringify(ends()) !== askedRoute) follow();
    else later();
  }

  function fields() {
    const curves = facets.map(({ missingCurve }) => missingCurve);
    return { layers: [...layers], curves, order, route: ends() };
  }

  function options() {
    const route = routed ? (host.alone ? savedRoute : ends()) : null;
    const waiting = !routed ? null : route === null ? (host.alone ? NOTHING : PIN) : FOLLOWS;
    return { scale, overview, route, waiting };
  }

  /** The output and the input between which the route is wanted: those pinned and pointed at, else the output's strongest earlier input. */
  function ends(): readonly [number, number] | null {
    if (!routed || drawing === null) return null;
    const { shown, frame, heat } = drawing;
    if (frame.pinned && pointed !== null && pointed < shown) return [shown, pointed];
    const shares = heat.facets.find((one) => one !== null && one.part === null)?.shares;
    if (shares === undefined) return null;
    let best: number | null = null;
    for (let p = 0; p < shown; p++) {
      if (best === null || Math.abs(shares[p] ?? 0) > Math.abs(shares[best] ?? 0)) best = p;
    }
    return best === null ? null : [shown, best];
  }

  /** Asks for another route, once the reader rests. */
  function follow(): void {
    resting?.();
    resting = host.after(ROUTE_REST, () => {
      if (JSON.stringify(ends()) !== askedRoute) ask();
    });
  }

  /** `anew`: the states of another layer are wanted. */
  function ask(anew = false): void {
    if (host.alone) return;
    waiting?.();
    const around = missing();
    const first = facets.some(({ layer }) => layer === null);
    askedRoute = JSON.stringify(ends());
    serial = host.ask({
      ...fields(),
      around: around ?? drawing?.shown ?? 0,
      values: anew || first || around !== null,
    });
    waiting = host.after(SLOW, () => {
      write(status, ends() === null ? "Reading the states…" : "");
      waiting = host.after(SILENT, () => write(status, NO_ANSWER));
    });
  }

  function lacks(): boolean {
    return missing() !== null || facets.some((one) => one.missingCurve !== null);
  }

  /** Asks for what is in view, or pointed at, and not here, once the reader rests. */
  function later(): void {
    if (host.alone || serial === null || waiting !== null || !lacks()) return;
    resting?.();
    resting = host.after(REST, () => lacks() && ask());
  }

  /** The first character in view whose states are not here. */
  function missing(): number | null {
    const [first, last] = facets[0]?.inView ?? [0, 0];
    for (let p = first; p < last; p++) if (facets.some((facet) => facet.misses(p))) return p;
    return null;
  }

  function read(message: Fields, kind: AskKind): void {
    if (kind === "matches") search.read(message);
    if (kind !== "states") return;
    const found = decodeUnitWindows(message, scene.facets);
    if (found.epoch !== scene.epoch) return;
    // Another view of the widget may have asked for others.
    if (!host.alone && serial !== null && found.serial !== serial) return;
    waiting?.();
    waiting = null;
    write(status, "");
    if (host.alone) takeSaved(found);
    found.facets.forEach((window, i) => {
      if ("error" in window) facets[i]?.fail(window.error);
      else facets[i]?.take(window);
    });
    if (drawing !== null) show(drawing);
  }

  /** In a page without a kernel: shows what was shown when it was saved. */
  function takeSaved({ by, facets: windows }: UnitWindows): void {
    order = by;
    const route = windows.map((one) => ("error" in one ? null : one.route)).find(Boolean) ?? null;
    savedRoute = route && [route.output, route.input];
    routed = savedRoute !== null;
    routes.hidden = !routed;
    showChoices();
  }

  /** What is refused is not asked for again until something changes. */
  function refused(words: string, kind: AskKind): void {
    if (kind !== "states") {
      search.refused(words);
      return;
    }
    waiting?.();
    waiting = null;
    write(status, words);
  }

  function point(position: number | null): void {
    // A route stays when the pointer leaves the text, so that it can be read.
    if (position !== null && routed) {
      pointed = position;
      if (drawing !== null) show(drawing);
    }
    for (const facet of facets) facet.pointText(position);
  }

  function pointAt(position: number): void {
    if (drawing?.frame.pinned) point(position);
    else host.pointAt(position);
  }

  function sort(by: UnitOrder): void {
    order = by;
    showChoices();
    ask();
  }

  function change(to: {
    readonly scale?: UnitScale;
    readonly overview?: boolean;
    readonly routed?: boolean;
  }): void {
    ({ scale = scale, overview = overview, routed = routed } = to);
    showChoices();
    if (drawing !== null) show(drawing);
  }

  function showChoices(): void {
    orders.show(order);
    scales.show(scale);
    widths.show(overview ? "text" : "letters");
    mark(routes, "aria-pressed", String(routed));
  }

  /** Said once the keyboard rests, so that not every step is. */
  function speak(words: string): void {
    speaking?.();
    speaking = host.after(SPEAK_AFTER, () => write(spoken, words));
  }
}

const NOTHING = "Nothing of this was saved with the page.";
