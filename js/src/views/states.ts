/** The instrument that shows the states of the models' units on the text, a strip for each model. */
import { make, mark, onAbort, write } from "../core/dom";
import type { Span } from "../core/scales";
import type { UnitScale } from "../state/unit-colors";
import type { Ask } from "../wire";
import type { Fields } from "../wire/fields";
import { decodeUnitWindows } from "../wire/states";
import type { Drawing } from "./drawing";
import type { Instrument, InstrumentHost } from "./instruments";
import { NO_ANSWER } from "./notices";
import { RadioGroup } from "./radio-group";
import { UnitFacet } from "./unit-facet";

/** How long other columns must be in view, or another unit be pointed at, before the kernel is asked, in milliseconds. */
const REST = 60;
/** When it is said that states are awaited, and when that nothing has come. */
const SLOW = 400;
const SILENT = 8000;
/** How long the keyboard rests before it is said where it is. */
const SPEAK_AFTER = 350;

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

const ALONE = "Without a kernel there is only what was shown when this page was saved.";

export function makeStates(host: InstrumentHost, signal: AbortSignal): Instrument {
  const { scene, places } = host;
  const status = make("span", "units-status");
  const spoken = make("div", "spoken");
  for (const said of [status, spoken]) mark(said, "role", "status");
  let order: UnitOrder = "similar";
  let scale: UnitScale = "layer";
  let overview = false;
  let drawing: Drawing | null = null;
  /** For each model the layer that the reader has chosen. */
  const layers: (string | null)[] = scene.facets.map(() => null);
  let serial: number | null = null;
  /** The brush that was asked for. */
  let askedBrush = "null";
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
  const choices = host.alone ? [scales, widths] : [orders, scales, widths];
  const el = make("div", "units-choices", ...choices.map((one) => one.el), status, spoken);
  const facets = scene.facets.map((facet, i) => {
    const handlers = {
      alone: host.alone,
      colourText: host.colourText,
      choose: (layer: string) => {
        layers[i] = layer;
        ask(true);
      },
      brush: (span: Span | null) => host.choose({ brush: span }),
      go: (position: number) => host.pin(position),
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
    for (const facet of facets) facet.show(now, { scale, overview });
    if (host.alone) write(status, facets.some(({ layer }) => layer !== null) ? ALONE : NOTHING);
    else if (serial === null || brush() !== askedBrush) update();
    else later();
  }

  /** The brushed characters as they are sent; "null": there are none. */
  function brush(): string {
    const { start, end } = drawing?.options.brush ?? {};
    return JSON.stringify(start === undefined ? null : [start, end]);
  }

  function fields() {
    const curves = facets.map(({ missingCurve }) => missingCurve);
    return { layers: [...layers], curves, order, brush: JSON.parse(brush()) };
  }

  /** `anew`: the states of another layer are wanted. */
  function ask(anew = false): void {
    if (host.alone) return;
    waiting?.();
    const around = missing();
    const first = facets.some(({ layer }) => layer === null);
    askedBrush = brush();
    serial = host.ask({
      ...fields(),
      around: around ?? drawing?.shown ?? 0,
      values: anew || first || around !== null,
    });
    waiting = host.after(SLOW, () => {
      write(status, "Reading the states…");
      waiting = host.after(SILENT, () => write(status, NO_ANSWER));
    });
  }

  /** Asks for what is new at once; while an answer is awaited, after it. */
  function update(): void {
    if (waiting === null) ask();
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

  function read(message: Fields): void {
    const found = decodeUnitWindows(message, scene.facets);
    if (found.epoch !== scene.epoch) return;
    // Another view of the widget may have asked for others.
    if (!host.alone && serial !== null && found.serial !== serial) return;
    waiting?.();
    waiting = null;
    write(status, "");
    if (host.alone) order = found.by;
    found.facets.forEach((window, i) => {
      if ("error" in window) facets[i]?.fail(window.error);
      else facets[i]?.take(window);
    });
    if (drawing !== null) show(drawing);
  }

  /** What is refused is not asked for again until something changes. */
  function refused(words: string): void {
    waiting?.();
    waiting = null;
    write(status, words);
  }

  function point(position: number | null): void {
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

  function change(to: { readonly scale?: UnitScale; readonly overview?: boolean }): void {
    ({ scale = scale, overview = overview } = to);
    showChoices();
    if (drawing !== null) show(drawing);
  }

  function showChoices(): void {
    orders.show(order);
    scales.show(scale);
    widths.show(overview ? "text" : "letters");
  }

  /** Said once the keyboard rests, so that not every step is. */
  function speak(words: string): void {
    speaking?.();
    speaking = host.after(SPEAK_AFTER, () => write(spoken, words));
  }
}

const NOTHING = "Nothing of this was saved with the page.";
