/** The instrument that puts every other symbol in one place of the text, and shows what becomes of the prediction there. */
import { make, mark, toggle, write } from "../core/dom";
import { decodeSwaps, type InputSwaps, type Swaps } from "../wire/generated";
import type { Drawing } from "./drawing";
import { InputWalker, strongestInput } from "./input-walker";
import type { Instrument, InstrumentHost } from "./instruments";
import { NO_ANSWER } from "./notices";
import { SwapsFacet } from "./swaps-facet";

/** How long a reader rests on a place before the kernel is asked about it, in milliseconds. */
const REST = 160;
/** After so long without an answer it is said. */
const SILENT = 8000;

const HOW =
  "Each symbol stands at what the prediction is with it in this place; bold: the model itself expects it there (5 % or more). " +
  "Its line leads down to where the gradient puts it: upright where the gradient is right, in colour where it has the wrong direction.";
const PRESS = " A press on a symbol has the text read with it.";
const PIN = "The strongest input. Pin an output to point at any other.";
const POINT = "Point at any other character.";

/** A symbol that was taken into the text, whose place is shown in the text with it. */
interface Taken {
  readonly text: string;
  readonly position: number;
  readonly pinned: boolean;
  readonly input: number;
  /** What stood there before. */
  readonly before: string;
}

let taken: Taken | null = null;

export function makeSwaps(host: InstrumentHost, signal: AbortSignal): Instrument {
  const { scene, places } = host;
  const canTake = host.readText !== null && !host.alone;
  const status = make("span", "swaps-status");
  const hint = make("span", "swaps-hint");
  const spoken = make("div", "spoken");
  const walker = new InputWalker(host, !host.alone, walk, signal);
  const bar = make("div", "swaps-bar", "in place of", walker.el, hint, status);
  const el = make(
    "div",
    "swaps",
    bar,
    make("div", "swaps-how", HOW + (canTake ? PRESS : "")),
    spoken,
  );
  const facets = scene.facets.map((facet, i) => {
    const view = new SwapsFacet(facet, (symbol) => take(i, symbol), signal);
    places[i]?.append(view.el);
    return view;
  });
  /** The place that the reader has chosen; null: the strongest input of the output shown. */
  let chosen: number | null = null;
  let drawing: Drawing | null = null;
  /** What was asked last, and what is shown. */
  let asked = "";
  let shown: Swaps | null = null;
  let undo: (() => void) | null = null;
  let original: string | null = null;

  for (const said of [status, spoken]) mark(said, "role", "status");
  signal.addEventListener("abort", end);
  begin();
  return { el, show, read, refused, point };

  function begin(): void {
    const was = taken;
    taken = null;
    if (was === null || was.text !== scene.characters.join("")) return;
    chosen = was.input;
    original = was.before;
    // The new scene comes with the pin released, which may be told after it.
    if (was.pinned)
      signal.addEventListener(
        "abort",
        host.after(0, () => host.pin(was.position)),
      );
  }

  function end(): void {
    undo?.();
    if (!host.alone && asked !== "") host.ask({ position: 0, input: null });
  }

  function show(now: Drawing): void {
    const output = drawing?.shown;
    drawing = now;
    // Of another output its own strongest input is shown, unless the reader has pinned it.
    if (output !== undefined && output !== now.shown && !now.frame.pinned) chosen = null;
    if (output === undefined && shown?.position === now.shown) chosen ??= shown.input;
    write(hint, host.alone ? "" : now.frame.pinned ? POINT : chosen === null ? PIN : "");
    update();
  }

  function point(position: number | null): void {
    if (position === null || host.alone) return;
    chosen = position;
    original = null;
    update();
  }

  function walk(step: number): void {
    const from = input();
    if (from === null) return;
    chosen = Math.max(0, Math.min(scene.characters.length - 1, from + step));
    original = null;
    update();
  }

  function input(): number | null {
    if (host.alone) return shown?.input ?? null;
    return chosen ?? (drawing && strongestInput(drawing));
  }

  function update(): void {
    const at = input();
    if (drawing === null) return;
    if (at === null) {
      write(status, host.alone ? "Nothing of this was saved with the page." : "");
      return;
    }
    walker.show(at);
    const of = `${drawing.shown} ${at}`;
    if (host.alone) {
      const same = shown?.position === drawing.shown;
      write(status, same ? "" : "Of this output nothing was saved with the page.");
      for (const view of facets) toggle(view.el, "swaps-stale", !same);
      return;
    }
    if (of === asked) return;
    asked = of;
    undo?.();
    if (isWanted(shown)) {
      draw(shown);
      return;
    }
    for (const view of facets) toggle(view.el, "swaps-stale", true);
    undo = host.after(REST, () => ask(drawing?.shown ?? 0, at));
  }

  function ask(position: number, at: number): void {
    host.ask({ position, input: at });
    undo = host.after(SILENT, () => write(status, NO_ANSWER));
  }

  function read(message: Parameters<Instrument["read"]>[0]): void {
    const swaps = decodeSwaps(message);
    if (swaps.epoch !== scene.epoch) return;
    // Other replies are to what another view has asked for, or to what was asked for before.
    if (drawing !== null && !host.alone && !isWanted(swaps)) return;
    shown = swaps;
    if (drawing !== null || host.alone) draw(swaps);
  }

  function isWanted(swaps: Swaps | null): swaps is Swaps {
    return swaps !== null && `${swaps.position} ${swaps.input}` === asked;
  }

  function draw(swaps: Swaps): void {
    const whole = swaps.facets.every(({ done }) => done >= 1);
    if (whole) undo?.();
    write(status, whole ? "" : "running the model…");
    swaps.facets.forEach((one, i) => {
      const view = facets[i];
      if (view === undefined) return;
      toggle(view.el, "swaps-stale", one.swaps === null && one.error === null);
      view.show(one, { original, canTake });
    });
    if (whole) write(spoken, facets.map(({ words }) => words).join(" "));
    if (host.alone) update();
  }

  function refused(words: string): void {
    undo?.();
    write(status, words);
  }

  /** Has the text read with a symbol in this place. */
  function take(i: number, symbol: string): void {
    const [facet, found] = [scene.facets[i], shown?.facets[i]?.swaps];
    if (facet === undefined || !found || shown === null || host.readText === null) return;
    const { characters } = scene;
    const [start, stop] = [facet.starts[found.input] ?? 0, facet.ends[found.input] ?? 0];
    const text = [...characters.slice(0, start), symbol, ...characters.slice(stop)].join("");
    const longer = Array.from(symbol).length - (stop - start);
    const { position } = shown;
    const moved = position < start ? position : Math.max(start, position + longer);
    taken = {
      text,
      position: moved,
      pinned: drawing?.frame.pinned ?? false,
      input: start,
      before: original ?? ownSymbol(found),
    };
    host.readText(text, moved);
  }
}

const ownSymbol = ({ symbols }: InputSwaps) => symbols[0] ?? "";
