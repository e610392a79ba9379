/** What a reader can do with units: explain one, set or hold some; and what is done to those of a changed model. */
import { listen, make, makeButton, mark, write } from "../core/dom";
import { quantity } from "../core/format";
import type { UnitStates } from "../state/unit-states";
import { capital, placeWords } from "../state/unit-words";
import type { AskFields } from "../wire";
import type { ChangedUnits } from "../wire/generated";
import type { InstrumentHost } from "./instruments";
import { RadioGroup } from "./radio-group";

/** Sends an ask about one model's units, which begins another scene. */
export type BeginWithUnits = <Kind extends "unit" | "intervention" | "undo">(
  kind: Kind,
  fields: Omit<AskFields<Kind>, "facet">,
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
  readonly #done = make("div", "unit-done");
  readonly #moved = make("div", "unit-moved");
  readonly #row = make("div", "unit-acts-row");
  readonly #name = make("strong", "unit-acts-name");
  readonly #explain = makeButton("button", "explain it", EXPLAIN);
  readonly #from: RadioGroup<"everywhere" | "on">;
  readonly #which: RadioGroup<"kept" | "brushed">;
  #start: "everywhere" | "on" = "everywhere";
  #chosen: "kept" | "brushed" = "kept";
  /** The unit that stays, and the brushed ones, as indices in the layer. */
  #kept: number | null = null;
  #brushed: readonly number[] = [];
  #layer = "";
  #shown = 0;
  /** What is said to be done. */
  #said = "";

  constructor(
    private readonly characters: readonly string[],
    private readonly tokenAt: Int32Array,
    private readonly handlers: InterventionHandlers,
    /** Gives the text back to connectivity, which is what changes. */
    private readonly release: () => void,
    private readonly signal: AbortSignal,
  ) {
    mark(this.#done, "role", "status");
    listen(this.#explain, "click", () => this.#explainUnit(), signal);
    const sets = SETS.map(({ to, words, title }) => {
      const button = makeButton("button", words, title);
      listen(button, "click", () => this.#set(to), signal);
      return button;
    });
    const begin = (name: "everywhere" | "on") => {
      this.#start = name;
      this.#from.show(name);
    };
    this.#from = new RadioGroup("where", FROM, begin, signal);
    this.#from.show(this.#start);
    const choose = (name: "kept" | "brushed") => {
      this.#chosen = name;
      this.#showRow();
    };
    this.#which = new RadioGroup("of", WHICH, choose, signal);
    const set = make("span", "unit-acts-set", "set ", ...sets);
    this.#row.append(this.#name, this.#explain, set, this.#from.el, this.#which.el);
    this.el.append(this.#done, this.#row);
  }

  /** `kept`: the unit that stays, as an index into those that are here; `brushed`: indices in the layer. */
  show(states: UnitStates, kept: number | null, brushed: readonly number[], shown: number): void {
    const { index, changed } = states.facts;
    this.#kept = kept === null ? null : (index[kept] ?? kept);
    this.#brushed = brushed;
    this.#layer = states.name;
    this.#shown = shown;
    this.#done.hidden = changed === null;
    if (changed !== null) this.#showDone(changed);
    this.#showRow();
  }

  /** What the acts are about now, as indices in the layer. */
  get #units(): readonly number[] {
    const brushed = this.#brushed.length > 0 && this.#chosen === "brushed";
    return this.#kept === null || brushed ? this.#brushed : [this.#kept];
  }

  #showRow(): void {
    const units = this.#units;
    this.#row.hidden = this.handlers.begin === null || units.length === 0;
    if (this.#row.hidden) return;
    const one = units.length === 1;
    write(this.#name, one ? `unit ${units[0]}` : `${units.length} units`);
    this.#explain.hidden = !one;
    this.#which.el.hidden = this.#kept === null || this.#brushed.length === 0;
    this.#which.show(this.#chosen);
  }

  /** What is done to the units of a changed model, and what that moves. */
  #showDone(changed: ChangedUnits): void {
    const { what, of } = changed;
    const said = JSON.stringify([what, of]);
    if (said !== this.#said) {
      this.#said = said;
      const as = `As ${this.handlers.modelNames[of] ?? "the model"}, but:`;
      const each = what.map((words, n) => {
        const undo = this.#undo("undo", n, words);
        return make("div", "unit-done-line", make("span", "unit-done-words", words), " ", ...undo);
      });
      const all = what.length > 1 ? this.#undo("undo all", null, "all") : [];
      this.#done.replaceChildren(as, ...each, ...all, this.#moved);
    }
    write(this.#moved, movedWords(changed, this.tokenAt, this.#shown, this.characters));
  }

  /** A button that undoes one intervention, or all; none where nobody could. */
  #undo(words: string, number: number | null, of: string): HTMLElement[] {
    if (this.handlers.begin === null) return [];
    const button = makeButton("button unit-undo", words, `Undo: ${of}`);
    listen(button, "click", () => this.#begin("undo", { number }), this.signal);
    return [button];
  }

  #explainUnit(): void {
    const [unit] = this.#units;
    if (unit !== undefined) this.#begin("unit", { layer: this.#layer, unit });
  }

  #set(to: SetTo): void {
    const start = this.#start === "on" ? this.#shown : null;
    this.#begin("intervention", { layer: this.#layer, units: this.#units, to, start });
  }

  #begin: BeginWithUnits = (kind, fields) => {
    this.release();
    this.handlers.begin?.(kind, fields);
  };
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
