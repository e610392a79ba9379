/** The instrument that follows one link over the checkpoints of a training: when did an input begin to move this prediction? */
import { make, mark, onAbort, write } from "../core/dom";
import type { Fields } from "../wire/fields";
import { decodeLinkCurves, type LinkCurves } from "../wire/generated";
import type { Drawing } from "./drawing";
import { InputWalker, strongestInput } from "./input-walker";
import type { Instrument, InstrumentHost } from "./instruments";
import { LinkCurveFacet } from "./link-curve-facet";
import { NO_ANSWER } from "./notices";

/** How long a reader rests on an output before the kernel is asked about it, in milliseconds. */
export const REST_BEFORE_READING = 160;
/** After so long without an answer it is said. */
const SILENT = 8000;
/** What it keeps from one checkpoint to the next: by this name. */
const NAME = "link_curve";

const PIN = "The strongest input. Pin an output to point at any other.";
const POINT = "Point at any other input.";
const GO = "Press a curve, or use the arrow keys, to go to a checkpoint.";
const SAVED = "Of this output nothing was saved with the page.";
const INFLUENCE = "An output is followed: choose sources to see its links.";

/** What stays while other checkpoints of the same models on the same text are shown. */
interface KeptCurves {
  /** Of which text and question they are. */
  readonly of: string;
  readonly curves: LinkCurves;
  /** The input that the reader has chosen. */
  readonly chosen: number | null;
  /** The facet whose curve had the focus; -1: none. */
  readonly focused: number;
}

export function makeLinkCurve(host: InstrumentHost, signal: AbortSignal): Instrument {
  const { scene, places, alone } = host;
  const status = make("span", "link-curve-status");
  const hint = make("span", "link-curve-hint");
  const trouble = make("div", "link-curve-trouble");
  const spoken = make("div", "spoken");
  const walker = new InputWalker(host, true, walk, signal);
  const bar = make("div", "link-curve-bar", "link from", walker.el, hint, status);
  const el = make("div", "link-curve", bar, trouble, spoken);
  const facets = scene.facets.map((facet, i) => {
    const view = new LinkCurveFacet(facet, (to) => host.axis()?.choose(to), signal);
    places[i]?.append(view.el);
    return view;
  });
  const { characters, facets: models, measure, target } = scene;
  const of = JSON.stringify([characters.join(""), target, measure, models.map(({ name }) => name)]);
  let chosen: number | null = null;
  let focused = -1;
  let drawing: Drawing | null = null;
  let curves: LinkCurves | null = null;
  /** The output that was asked for last. */
  let asked: number | null = null;
  let timer: (() => void) | null = null;

  for (const said of [status, trouble, spoken]) mark(said, "role", "status");
  const before = host.opened.kept.get(NAME) as KeptCurves | undefined;
  if (before?.of === of) ({ curves, chosen, focused } = before);
  onAbort(signal, () => {
    timer?.();
    // Before its elements are replaced: the focus goes on to the curve of the next scene.
    focused = facets.findIndex(({ axis }) => axis.matches(":focus"));
    if (curves !== null) host.opened.kept.set(NAME, { of, curves, chosen, focused });
    if (asked !== null) host.ask({ position: null });
  });
  return { el, show, read, refused, point };

  function show(now: Drawing): void {
    const output = drawing?.shown;
    const first = drawing === null;
    drawing = now;
    // Of another output its own strongest input is shown, unless the reader has pinned it.
    if (output !== undefined && output !== now.shown && !now.frame.pinned) chosen = null;
    rest();
    draw();
    if (first && focused >= 0) facets[focused]?.axis.focus({ preventScroll: true });
  }

  /** Asks once the reader rests at an output. */
  function rest(): void {
    if (drawing === null || alone || drawing.influence !== null) return;
    const { shown } = drawing;
    if (asked === shown) return;
    asked = shown;
    timer?.();
    timer = host.after(REST_BEFORE_READING, () => {
      host.ask({ position: shown });
      timer = host.after(SILENT, () => write(status, NO_ANSWER));
    });
  }

  function point(position: number | null): void {
    if (position === null) return;
    chosen = position;
    draw();
  }

  function walk(step: -1 | 1): void {
    const from = input();
    if (from === null) return;
    chosen = Math.max(0, Math.min(characters.length - 1, from + step));
    draw();
  }

  function input(): number | null {
    return chosen ?? (drawing && strongestInput(drawing));
  }

  function read(message: Fields): void {
    const found = decodeLinkCurves(message);
    // All that a saved page has is of one text and one question.
    if (!alone && found.epoch !== scene.epoch) return;
    if (drawing !== null && !alone && found.position !== drawing.shown) return;
    curves = found;
    timer?.();
    draw();
    const whole = found.done >= found.total;
    if (whole && drawing !== null) write(spoken, facets.map(({ words }) => words).join(" "));
  }

  function refused(words: string): void {
    timer?.();
    write(status, words);
  }

  function draw(): void {
    if (drawing === null) return;
    const at = input();
    const axis = host.axis();
    const here = curves?.position === drawing.shown && drawing.influence === null;
    for (const view of facets) view.stale = !here;
    if (at !== null) walker.show(at);
    write(hint, drawing.frame.pinned ? POINT : chosen === null ? PIN : "");
    write(status, statusWords(here));
    write(trouble, (here && curves?.trouble) || "");
    if (!here || at === null || axis === null) return;
    curves?.facets.forEach((one, i) => {
      facets[i]?.showNow(axis.shown);
      facets[i]?.show(one, at, axis.labels);
    });
  }

  function statusWords(here: boolean): string {
    if (drawing?.influence !== null) return INFLUENCE;
    if (!here || curves === null) return alone ? SAVED : "reading the checkpoints…";
    const { done, total } = curves;
    if (done >= total) return GO;
    return alone ? `${done} of ${total} were read.` : `${done} of ${total} checkpoints are read…`;
  }
}
