/** Under each text what is left of the prediction when inputs are exchanged and the model is run again, once the reader rests. */
import { listen, make, makeButton, mark, onAbort, write } from "../core/dom";
import { checkSentences, DRAWN } from "../state/check-words";
import type { Fields } from "../wire/fields";
import {
  decodeOutputChecks,
  type Failure,
  type OutputCheck,
  type OutputChecks,
} from "../wire/generated";
import { makeCurve, makeTable } from "./check-curve";
import type { Drawing } from "./drawing";
import type { Instrument, InstrumentHost } from "./instruments";

/**
 * How long a character must be shown before the models are run again, in milliseconds: longer than a pointer that passes is on
 * one, and short enough that the curves come as an answer to resting there, within 400 milliseconds of it.
 */
export const REST = 150;
/** How long to wait before saying that the models are still running, and that perhaps nobody runs them. */
export const LATE = 500;
export const SILENT = 8000;

const RUNNING = "Running the models again…";
const NOBODY =
  "Nothing has come yet: a large model takes long, and without a kernel nobody runs it.";
const INFLUENCE = "Outputs are checked: choose sources to see what is left of one.";
const SAVED = "Without a kernel there is only what was checked when this page was saved";
const NONSENSE =
  "Such texts are often nonsense, which the models were not trained on. Bands: one standard error.";
/** The most characters whose checks are kept. */
const KEPT = 200;

export function makeCheck(host: InstrumentHost, signal: AbortSignal): Instrument {
  const { scene, places, alone } = host;
  const checks = new Map<number, OutputChecks>();
  const how = make("span", "check-how");
  const numbers = makeButton("button", "numbers", "Show what is left as a table, too");
  const status = make("div", "check-status");
  const spoken = make("div", "spoken");
  const el = make("div", "check", status, make("div", "check-notes", how, " ", numbers), spoken);
  const figures = places.map(() => make("figure", "check-figure"));
  let drawing: Drawing | null = null;
  let drawn: OutputChecks | null = null;
  /** The character that was asked for and is not answered, and the timer before or after asking. */
  let asked: number | null = null;
  let timer: (() => void) | null = null;
  let silent = false;
  let trouble = "";
  mark(spoken, "role", "status");
  mark(numbers, "aria-pressed", "false");
  listen(numbers, "click", showNumbers, signal);
  for (const [i, place] of places.entries()) place.append(figures[i] ?? "");
  onAbort(signal, stop);
  return { el, show, read, refused };

  function show(now: Drawing): void {
    const moved = now.shown !== drawing?.shown;
    drawing = now;
    if (moved) {
      stop();
      trouble = "";
    }
    rest();
    draw();
  }

  /** Asks once the reader rests at a character whose rows are there. */
  function rest(): void {
    if (drawing === null || timer !== null || trouble !== "" || asked !== null || alone) return;
    const { shown, frame, influence, options } = drawing;
    if (checks.has(shown) || influence !== null || frame.pending !== null) return;
    if (options.playing) return;
    if (!(frame.withoutPreview ?? frame).complete) return;
    timer = host.after(REST, () => {
      asked = shown;
      host.ask({ position: shown });
      timer = host.after(LATE, () => {
        draw();
        timer = host.after(SILENT - LATE, () => {
          silent = checks.get(shown) === undefined;
          draw();
        });
      });
    });
  }

  /** Asks for nothing any more. */
  function stop(): void {
    timer?.();
    timer = null;
    silent = false;
    if (asked !== null) host.ask({ position: null });
    asked = null;
  }

  function read(message: Fields): void {
    const found = decodeOutputChecks(message);
    if (found.epoch !== scene.epoch) return;
    checks.delete(found.position);
    checks.set(found.position, found);
    for (const place of [...checks.keys()].slice(0, Math.max(0, checks.size - KEPT))) {
      checks.delete(place);
    }
    const whole = found.facets.length >= scene.facets.length;
    if (asked === found.position && whole) {
      asked = null;
      timer?.();
      timer = null;
    }
    draw();
    if (whole && found.position === drawing?.shown) write(spoken, said(found).join(" "));
  }

  function refused(words: string): void {
    timer?.();
    asked = timer = null;
    trouble = words;
    draw();
  }

  function draw(): void {
    if (drawing === null) return;
    const here = drawing.influence === null ? checks.get(drawing.shown) : undefined;
    for (const figure of figures) mark(figure, "data-stale", here === undefined);
    write(status, statusWords(here));
    if (here === undefined || here === drawn) return;
    drawn = here;
    for (const [i, figure] of figures.entries()) fill(figure, i, here.facets[i]);
    const check = here.facets.find((one) => !("error" in one));
    if (check !== undefined && !("error" in check)) {
      const drawnBy = `${DRAWN[check.drawn]}; mean of ${check.draws} draws.`;
      write(how, `${drawnBy} ${NONSENSE}`);
    }
  }

  function statusWords(here: OutputChecks | undefined): string {
    if (drawing === null) return "";
    if (drawing.influence !== null) return INFLUENCE;
    if (trouble !== "") return trouble;
    const [saved] = checks.keys();
    if (alone && here === undefined) {
      return saved === undefined ? `${SAVED}.` : `${SAVED}: at character ${saved + 1}.`;
    }
    const waits = asked !== null && (here?.facets.length ?? 0) < scene.facets.length;
    if (waits && silent && here === undefined) return NOBODY;
    return waits ? RUNNING : "";
  }

  function fill(figure: HTMLElement, i: number, check: OutputCheck | Failure | undefined): void {
    const model = scene.facets[i]?.name ?? "";
    if (check === undefined) {
      figure.replaceChildren();
    } else if ("error" in check) {
      figure.replaceChildren(make("figcaption", "check-said", `${model}: ${check.error}.`));
    } else {
      const [left = "", ...more] = checkSentences(model, check);
      const caption = make("figcaption", "check-said", unbroken(left));
      if (check.flagged) caption.classList.add("rnnviz-check-flagged");
      caption.append(
        ...more.map((words) => make("strong", "check-warning", ` ${unbroken(words)}`)),
      );
      figure.replaceChildren(makeCurve(check), caption, makeTable(model, check));
    }
  }

  function said({ facets }: OutputChecks): string[] {
    return facets.flatMap((one, i) => {
      const model = scene.facets[i]?.name ?? "";
      return "error" in one ? `${model}: ${one.error}.` : checkSentences(model, one);
    });
  }

  function showNumbers(): void {
    const shown = numbers.getAttribute("aria-pressed") !== "true";
    mark(numbers, "aria-pressed", String(shown));
    for (const figure of figures) mark(figure, "data-numbers", shown);
  }
}

/** Numbers stay with their signs. */
function unbroken(words: string): string {
  return words.replace(/([<>]) | (?=%)/g, (_, sign: string | undefined) => `${sign ?? ""}\u00a0`);
}
