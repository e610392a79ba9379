/** Under each text the same picture with random weights, and for a random class, with their rank correlation in words. */
import { make, mark, onAbort, write } from "../core/dom";
import { wordsOf } from "../core/words";
import { randomisedSteps } from "../state/randomised-heat";
import { isSamePicture, randomClassWords, randomWeightsWords } from "../state/rank-words";
import type { Fields } from "../wire/fields";
import { decodeRandomised, type Randomised, type RandomisedFacet } from "../wire/randomised";
import type { Drawing } from "./drawing";
import type { Instrument, InstrumentHost } from "./instruments";
import { makeColouredText } from "./randomised-text";

/** How long a character must be shown before the kernel is asked (debounce), in milliseconds. */
export const REST_BEFORE_ASKING = 120;
/** How long to wait before saying that nothing has come, in milliseconds. */
export const LONG_WAIT = 8000;

const WAITS = "Reading the text with random weights…";
const LONG = "Nothing has come yet: a large model reads long, and without a kernel nobody does.";
const ALONE = "Without a kernel there is only what was open when this page was saved.";
const INFLUENCE = "This is shown beside what an output depends on, not beside influence.";
const MEANS =
  "What random weights show too is the model’s shape, not what it has learnt: mostly, that near characters count more. The scale “over expected” takes that out.";

export function makeRandomised(host: InstrumentHost, signal: AbortSignal): Instrument {
  const { scene, places } = host;
  const { facets, characters } = scene;
  const status = make("div", "random-status");
  const el = make("div", "random", status, make("div", "random-note", MEANS));
  const rows = places.map(() => make("div", "random-rows"));
  const words = wordsOf(characters);
  let drawing: Drawing | null = null;
  let reply: Randomised | null = null;
  let asked = -1;
  /** Whether all rows were there when the kernel was asked. */
  let filled = false;
  let waiting: (() => void) | null = null;
  /** Why there is no reply, or "". */
  let trouble = "";
  mark(status, "role", "status");
  for (const [i, place] of places.entries()) place.append(rows[i] ?? "");
  onAbort(signal, () => {
    waiting?.();
    // The kernel drops what it has prepared.
    if (!host.alone) host.ask({ position: null });
  });
  return { el, show, read, refused };

  function show(now: Drawing): void {
    drawing = now;
    const { shown, frame } = now;
    const known = isHere() && overIsKnown();
    if (!host.alone && (asked !== shown || (frame.filled && !filled && !known))) ask(shown);
    draw();
  }

  function ask(shown: number): void {
    asked = shown;
    filled = drawing?.frame.filled ?? false;
    trouble = "";
    waiting?.();
    waiting = host.after(REST_BEFORE_ASKING, () => {
      host.ask({ position: shown });
      waiting = host.after(LONG_WAIT, () => refused(LONG));
    });
  }

  function read(message: Fields): void {
    const found = decodeRandomised(message, scene);
    if (found.epoch !== scene.epoch) return;
    reply = found;
    if (isHere()) waiting?.();
    draw();
  }

  function refused(reason: string): void {
    waiting?.();
    trouble = reason;
    draw();
  }

  /** Whether the reply is about the character that is shown. */
  function isHere(): boolean {
    return reply !== null && reply.position === drawing?.shown;
  }

  function overIsKnown(): boolean {
    const every = reply === null ? [] : [...reply.weights, ...reply.classes];
    return every.every(
      ({ target, overExpected }) => target === null || !Number.isNaN(overExpected),
    );
  }

  function draw(): void {
    if (drawing === null) return;
    const here = isHere() && drawing.influence === null;
    for (const row of rows) mark(row, "data-stale", !here);
    if (drawing.influence !== null) write(status, INFLUENCE);
    else if (!here) write(status, trouble || (host.alone ? ALONE : WAITS));
    else if (reply !== null) drawReply(drawing, reply);
  }

  function drawReply({ heat, options, squared, palette, shown }: Drawing, to: Randomised): void {
    const { scale, sharpness, bars } = options;
    const drawn = { scale, sharpness, squared, words: options.by === "word" ? words : null };
    const { length } = characters;
    const [weights, classes] = [to.weights, to.classes].map((each) => {
      const steps = randomisedSteps(facets, each, heat, length, drawn);
      return each.map((row, i) => ({ row, steps: steps[i] ?? null }));
    });
    const byOver = heat.scaling?.name === "expected";
    for (const [i, facet] of facets.entries()) {
      const parts = (["weights", "class"] as const).flatMap((which) => {
        const part = (which === "weights" ? weights : classes)?.[i];
        if (part === undefined) return [];
        const said = makeWords(sentence(facet.name, part.row, which, byOver));
        if (part.steps === null) return [said];
        return [said, makeColouredText(characters, facet, shown, part.steps, palette, bars)];
      });
      rows[i]?.replaceChildren(...parts);
    }
    write(status, summary(to.weights, byOver));
  }
}

function sentence(
  name: string,
  row: RandomisedFacet,
  which: "weights" | "class",
  byOver: boolean,
): string {
  const { target, outcome } = row;
  if (target === null) return "error" in outcome ? `${outcome.error}.` : "";
  const words =
    which === "weights"
      ? randomWeightsWords(name, row, byOver)
      : randomClassWords(target, row, byOver);
  return `${which === "weights" ? words : capital(words)}.`;
}

/** How many models show nearly the same; "" for one, whose own sentence says it. */
function summary(weights: readonly RandomisedFacet[], byOver: boolean): string {
  const known = weights.map((row) => isSamePicture(row, byOver)).filter((same) => same !== null);
  const same = known.filter(Boolean).length;
  if (known.length < 2) return "";
  return `In ${same} of ${known.length} models random weights show nearly the same picture.`;
}

/** A sentence with its correlations set off. */
function makeWords(words: string): HTMLElement {
  const parts = words.split(/(−?\d\.\d\d)/);
  const marked = parts.map((part, n) => (n % 2 === 1 ? make("strong", "random-r", part) : part));
  return make("div", "random-words", ...marked);
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
