/** What a reader can do with units: explain one, set or hold some; and what is done to those of a changed model. */
import { listen, make, makeButton, mark, write } from "../core/dom";
import { quantity } from "../core/format";
import type { UnitStates } from "../state/unit-states";
import { capital, placeWords } from "../state/unit-words";
import type { ChangedUnits } from "../wire/generated";
import type { InstrumentHost } from "./instruments";
import { RadioGroup } from "./radio-group";

/** Asks about one model's units, each of which begins another scene. */
export interface UnitAsks {
  readonly unit: { readonly layer: string; readonly unit: number };
  readonly intervention: {
    readonly layer: string;
    readonly units: readonly number[];
    readonly to: SetTo;
    readonly start: number | null;
  };
  readonly undo: { readonly number: number | null };
}

export type BeginWithUnits = <Kind extends keyof UnitAsks>(
  kind: Kind,
  fields: UnitAsks[Kind],
) => void;

/** What begins another scene by the units of one model. */
export const beginAt =
  (host: InstrumentHost, facet: number): BeginWithUnits =>
  (kind, fields) =>
    host.begin(kind, { facet, ...fields } as never);

export interface InterventionHandlers {
  /** The names of all models. */
  readonly modelNames: readonly string[];
  /** Begins another scene: a unit is explained, or units are set; null: nobody could. */
  readonly begin: BeginWithUnits | null;
}

type SetTo = "zero" | "mean" | "hold";

const SETS = [
  { to: "zero", words: "to zero", title: "Run the model again with them set to zero" },
  { to: "mean", words: "to the mean", title: "… set to their means over this text" },
  { to: "hold", words: "hold", title: "… held at what they were one step before" },
] as const satisfies readonly { to: SetTo; words: string; title: string }[];

const FROM = [
  { name: "everywhere", label: "everywhere", title: "At all characters" },
  { name: "on", label: "from here on", title: "From the character shown on" },
] as const;

const WHICH = [
  { name: "kept", label: "this unit", title: "The unit that colours the text" },
  { name: "brushed", label: "the brushed", title: "All units that are on at the brush" },
] as const;

const EXPLAIN = "Point at a character then: what does this unit’s value there depend on?";

export class UnitInterventions {
  readonly el = make("div", "unit-acts");
  readonly #modelNames: readonly string[];
  readonly #begin: BeginWithUnits | null;
  readonly #done = make("div", "unit-done");
  readonly #row = make("div", "unit-acts-row");
  readonly #name = make("strong", "unit-acts-name");
  readonly #explain = makeButton("button", "explain it", EXPLAIN);
  readonly #sets: readonly HTMLButtonElement[];
  readonly #from: RadioGroup<"everywhere" | "on">;
  readonly #which: RadioGroup<"kept" | "brushed">;
  #start: "everywhere" | "on" = "everywhere";
  #chosen: "kept" | "brushed" = "kept";
  /** What the acts are about now, as indices in the layer. */
  #units: readonly number[] = [];
  #layer = "";
  #shown = 0;
  #key = "";

  constructor(
    private readonly characters: readonly string[],
    private readonly tokenAt: Int32Array,
    { modelNames, begin }: InterventionHandlers,
    /** Gives the text back to connectivity, which is what changes. */
    release: () => void,
    private readonly signal: AbortSignal,
  ) {
    this.#modelNames = modelNames;
    this.#begin =
      begin === null
        ? null
        : (kind, fields) => {
            release();
            begin(kind, fields);
          };
    mark(this.#done, "role", "status");
    listen(this.#explain, "click", () => this.#ask("unit", { unit: this.#units[0] ?? 0 }), signal);
    this.#sets = SETS.map(({ to, words, title }) => {
      const button = makeButton("button", words, title);
      listen(button, "click", () => this.#set(to), signal);
      return button;
    });
    const choose = (name: "everywhere" | "on") => {
      this.#start = name;
      this.#from.show(name);
    };
    this.#from = new RadioGroup("where", FROM, choose, signal);
    this.#from.show(this.#start);
    const turn = (name: "kept" | "brushed") => {
      this.#chosen = name;
      this.#redraw();
    };
    this.#which = new RadioGroup("of", WHICH, turn, signal);
    const set = make("span", "unit-acts-set", "set ", ...this.#sets);
    this.#row.append(this.#name, this.#explain, set, this.#from.el, this.#which.el);
    this.el.append(this.#done, this.#row);
  }

  #redraw = () => {};

  /** `kept`: the unit that stays, as an index into those that are here; `brushed`: indices in the layer. */
  show(states: UnitStates, kept: number | null, brushed: readonly number[], shown: number): void {
    this.#redraw = () => this.show(states, kept, brushed, shown);
    this.#shown = shown;
    this.#layer = states.name;
    this.#showDone(states.facts.changed, shown);
    const { index } = states.facts;
    const both = kept !== null && brushed.length > 0;
    const own = kept === null || (both && this.#chosen === "brushed") ? null : kept;
    this.#units = own === null ? brushed : [index[own] ?? own];
    this.#row.hidden = this.#begin === null || this.#units.length === 0;
    if (this.#row.hidden) return;
    const [first] = this.#units;
    const one = this.#units.length === 1;
    write(this.#name, one ? `unit ${first}` : `${this.#units.length} units`);
    this.#explain.hidden = !one;
    this.#which.el.hidden = !both;
    this.#which.show(this.#chosen);
  }

  /** What is done to the units of a changed model, and what that moves. */
  #showDone(changed: ChangedUnits | null, shown: number): void {
    this.#done.hidden = changed === null;
    if (changed === null) return;
    const key = JSON.stringify([changed.what, changed.of]);
    if (key !== this.#key) {
      this.#key = key;
      const as = `As ${this.#modelNames[changed.of] ?? "the model"}, but:`;
      const each = changed.what.map((words, n) => this.#intervention(words, n));
      const all = changed.what.length > 1 ? [this.#undo("undo all", null)] : [];
      this.#done.replaceChildren(as, ...each, ...all, make("div", "unit-moved"));
    }
    const moved = this.#done.querySelector(".rnnviz-unit-moved");
    if (moved !== null) write(moved, movedWords(changed, this.tokenAt, shown, this.characters));
  }

  #intervention(words: string, n: number): HTMLElement {
    const undo = this.#begin === null ? [] : [this.#undo("undo", n, words)];
    return make("div", "unit-done-line", make("span", "unit-done-words", words), " ", ...undo);
  }

  #undo(words: string, number: number | null, of = "all"): HTMLElement {
    const button = makeButton("button unit-undo", words, `Undo: ${of}`);
    if (this.#begin === null) button.hidden = true;
    listen(button, "click", () => this.#begin?.("undo", { number }), this.signal);
    return button;
  }

  #ask(kind: "unit", fields: { readonly unit: number }): void {
    this.#begin?.(kind, { layer: this.#layer, ...fields });
  }

  #set(to: SetTo): void {
    const start = this.#start === "on" ? this.#shown : null;
    this.#begin?.("intervention", { layer: this.#layer, units: this.#units, to, start });
  }
}

/** How far the prediction at a character is moved, and where it is moved most. */
function movedWords(
  { divergence, nats }: ChangedUnits,
  tokenAt: Int32Array,
  shown: number,
  characters: readonly string[],
): string {
  const size = (n: number) => Math.abs(divergence[n] ?? 0);
  let most = 0;
  for (let n = 1; n < divergence.length; n++) if (size(n) > size(most)) most = n;
  if (size(most) === 0) return "That moves no prediction.";
  const unit = nats ? " nats (KL)" : "";
  const here = `${quantity(divergence[tokenAt[shown] ?? 0] ?? 0)}${unit}`;
  const place = placeWords(characters, shown);
  const what = nats ? "the prediction" : "its value";
  const there = `${quantity(divergence[most] ?? 0)} at ${placeWords(characters, Math.max(0, tokenAt.indexOf(most)))}`;
  return `${capital(`${what} at ${place} moves by ${here}`)}; most: ${there}.`;
}
