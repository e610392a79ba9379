/** One model's swaps: what is expected, the symbols on an axis, and the best and worst of them as chips. */
import { make, makeButton, mark, onHoverOrFocus, setVariable, toggle, write } from "../core/dom";
import { visible } from "../core/format";
import {
  changeWords,
  directions,
  inOrder,
  isTypeable,
  numberWords,
  type Swap,
} from "../state/swaps";
import type { Facet, FacetSwaps, InputSwaps } from "../wire";
import { SwapsChart } from "./swaps-chart";

/** How many of the highest and of the lowest are chips. */
const FEW = 3;

export interface SwapsOptions {
  /** What stood in this place before the reader took a symbol into the text. */
  readonly original: string | null;
  /** Whether the text can be read with another symbol. */
  readonly canTake: boolean;
}

export class SwapsFacet {
  readonly el = make("div", "swaps-facet");
  readonly #expected = make("div", "swaps-expected");
  readonly #readout = make("div", "swaps-readout");
  readonly #chips = make("div", "swaps-chips");
  readonly #note = make("div", "swaps-note");
  readonly #chart: SwapsChart;
  #found: InputSwaps | null = null;
  #options: SwapsOptions = { original: null, canTake: false };

  constructor(
    private readonly facet: Facet,
    private readonly take: (symbol: string) => void,
    private readonly signal: AbortSignal,
  ) {
    const acts = {
      look: (swap: Swap | null) => this.#look(swap),
      take: (swap: Swap) => this.#press(swap),
      unit: facet.unit,
    };
    this.#chart = new SwapsChart(acts, signal);
    this.el.append(this.#expected, this.#chart.el, this.#chips, this.#readout, this.#note);
    this.el.hidden = true;
  }

  show({ swaps, error }: FacetSwaps, options: SwapsOptions): void {
    this.#options = options;
    this.el.hidden = swaps === null && error === null && this.#found === null;
    if (error !== null) this.#fail(error);
    else if (swaps !== null) this.#draw(swaps);
  }

  #fail(words: string): void {
    this.#found = null;
    for (const el of [this.#expected, this.#chips, this.#readout]) el.replaceChildren();
    this.#chart.el.hidden = true;
    write(this.#note, words);
  }

  #draw(found: InputSwaps): void {
    this.#found = found;
    this.#chart.el.hidden = false;
    const { numbers, frequency, plausible } = found;
    const own = numbers[0] ?? Number.NaN;
    const items = [this.#item("own", `with “${visible(found.symbols[0] ?? "")}”`, own)];
    items.push(
      this.#item("frequency", "if drawn by frequency", frequency.expected, frequency.error),
    );
    if (plausible !== null) {
      const words = `if drawn from ${this.facet.name}’s own predictions`;
      items.push(this.#item("plausible", words, plausible.expected, plausible.error));
    }
    this.#expected.replaceChildren(make("span", "swaps-what", this.#what(found)), ...items);
    for (const [n, draws] of [frequency, plausible].entries()) {
      const item = items[n + 1];
      if (item !== undefined && draws !== null) item.title = draws.words;
    }
    const order = inOrder(found);
    this.#chart.draw(found, order, this.#options.canTake);
    this.#drawChips(found, order);
    write(this.#note, "");
    this.#look(null);
  }

  #what({ kind, target }: InputSwaps): string {
    if (target === null) return "gives";
    if (kind === "probability") return `${visible(target.name)}:`;
    return `${visible(target.name)} rather than ${visible(target.rival?.name ?? "")}, log odds:`;
  }

  #item(name: string, words: string, value: number, error = 0): HTMLElement {
    const kind = this.#found?.kind ?? "number";
    const { unit } = this.facet;
    const number = make("strong", "swaps-number", numberWords(kind, value, unit));
    const off = error > 0 ? ` ± ${changeWords(kind, error, unit).slice(1)}` : "";
    const sign = make("span", `swaps-sign swaps-sign-${name}`);
    mark(sign, "aria-hidden", true);
    return make("span", "swaps-item", sign, number, off, ` ${words}`);
  }

  #drawChips(found: InputSwaps, order: readonly Swap[]): void {
    const { original } = this.#options;
    const back = order.filter(({ symbol }) => symbol === original);
    const others = order.filter(({ symbol }) => symbol !== original);
    const groups: [string, readonly Swap[]][] = [
      ["highest", others.slice(0, FEW)],
      ["lowest", others.slice(Math.max(FEW, others.length - FEW))],
    ];
    if (back.length > 0) groups.unshift(["as it was", back]);
    this.#chips.replaceChildren(
      ...groups
        .filter(([, some]) => some.length > 0)
        .map(([words, some]) =>
          make(
            "span",
            "swaps-group",
            make("span", "swaps-group-name", words),
            ...some.map((swap) => this.#chip(found, swap)),
          ),
        ),
    );
  }

  #chip(found: InputSwaps, swap: Swap): HTMLElement {
    const { kind } = found;
    const name = make("span", "chip-name", visible(swap.symbol));
    const value = make("span", "chip-value", numberWords(kind, swap.number, this.facet.unit));
    const chip = makeButton("chip swaps-chip", "", this.#title(found, swap));
    chip.append(name, value);
    mark(chip, "role", "button");
    if (kind === "probability") setVariable(chip, "p", swap.number);
    if (this.#canTake(found, swap)) chip.onclick = () => this.#press(swap);
    else mark(chip, "aria-disabled", true);
    onHoverOrFocus(chip, (here) => this.#look(here ? swap : null), this.signal);
    // A finger's tap gives it the focus.
    chip.onfocus = () => this.#look(swap);
    return chip;
  }

  #canTake(found: InputSwaps, { index }: Swap): boolean {
    return this.#options.canTake && isTypeable(found, index);
  }

  #title(found: InputSwaps, swap: Swap): string {
    const words = this.#swapWords(found, swap);
    return this.#canTake(found, swap) ? `${words}. Press to read the text with it.` : words;
  }

  #press(swap: Swap): void {
    if (this.#found !== null && this.#canTake(this.#found, swap)) this.take(swap.symbol);
  }

  /** The same in a sentence, for those who hear it. */
  get words(): string {
    const found = this.#found;
    if (found === null) return this.#note.textContent ?? "";
    const own = numberWords(found.kind, found.numbers[0] ?? Number.NaN, this.facet.unit);
    return `${this.facet.name}: ${own}. ${drawnWords(this.facet, found)}`;
  }

  /** Says of one symbol what is known; of none what is to be expected, and how far the gradient can be trusted. */
  #look(swap: Swap | null): void {
    const found = this.#found;
    if (found === null) return;
    write(this.#readout, swap === null ? this.#trust(found) : this.#swapWords(found, swap));
    toggle(this.#readout, "swaps-looking", swap !== null);
    this.#chart.look(swap);
  }

  #swapWords({ kind, frequency, plausible }: InputSwaps, swap: Swap): string {
    const { unit, name } = this.facet;
    const said = (value: number) => numberWords(kind, value, unit);
    const gradient = Number.isNaN(swap.predicted)
      ? ""
      : `, by the gradient ${said(swap.predicted)}`;
    const share = plausible?.shares[swap.index];
    const likely = share === undefined ? "" : `; ${name} expects it there with ${percentOf(share)}`;
    const often = percentOf(frequency.shares[swap.index] ?? 0);
    return `“${visible(swap.symbol)}”: ${said(swap.number)}${gradient}${likely}; its frequency is ${often}`;
  }

  #trust(found: InputSwaps): string {
    const known = directions(found);
    const gradient =
      known === null
        ? ""
        : `The gradient has the direction right for ${known.right} of ${known.of} symbols.`;
    const words = [drawnWords(this.facet, found), gradient, sampleWords(found), found.note];
    return words.filter(Boolean).join(" ");
  }
}

function percentOf(share: number): string {
  return numberWords("probability", share, null);
}

function sampleWords({ of, symbols }: InputSwaps): string {
  if (symbols.length >= of) return "";
  return `A sample: ${symbols.length} of ${of.toLocaleString("en")} symbols were run.`;
}

/** What is to be expected, each way of drawing held against the other. */
function drawnWords(facet: Facet, { kind, numbers, frequency, plausible }: InputSwaps): string {
  const by = (expected: number) => {
    const change = expected - (numbers[0] ?? Number.NaN);
    const size = changeWords(kind, change, facet.unit).slice(1);
    return `${change < 0 ? "falls" : "rises"} by ${size}`;
  };
  const frequent = `Drawn by frequency it ${by(frequency.expected)} on average`;
  if (plausible === null) return `${frequent}.`;
  const own = `drawn from ${facet.name}’s own predictions, which keep the text plausible`;
  return `${frequent}; ${own}, it ${by(plausible.expected)}.`;
}
