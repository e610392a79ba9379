/** The chips above a text: the best predictions, and the explained class wherever it stands. */
import { rankOf } from "./caption";
import { make, mark, write } from "./dom";
import { percent, visible } from "./format";
import type { Facet } from "./wire";

interface Chip {
  readonly el: HTMLElement;
  readonly label: HTMLElement;
  readonly value: HTMLElement;
}

export class Predictions {
  readonly el = make("div", "chips");
  readonly #chips: readonly Chip[];
  readonly #apart: Chip;

  constructor(private readonly facet: Facet) {
    this.el.setAttribute("role", "list");
    this.el.style.setProperty("--rnnviz-k", String(Math.max(1, facet.k)));
    this.#chips = Array.from({ length: facet.k }, () => this.#chip("chip"));
    this.#apart = this.#chip("chip chip-apart");
  }

  show(s: number): void {
    const { facet } = this;
    const target = facet.target[s] ?? -1;
    const reason = facet.reasons[facet.reason[s] ?? -1] ?? "";
    let among = false;
    this.#chips.forEach((chip, i) => {
      const index = facet.top[s * facet.k + i] ?? -1;
      const explained = index === target && index >= 0;
      among ||= explained;
      this.#fill(chip, index, facet.topP[s * facet.k + i] ?? Number.NaN, "", explained, reason);
    });
    const p = facet.targetP[s] ?? Number.NaN;
    this.#fill(this.#apart, among ? -1 : target, p, ` · ${rankOf(facet, s)}`, !among, reason);
  }

  #chip(name: string): Chip {
    const label = make("span", "chip-name");
    const value = make("span", "chip-value");
    const el = make("span", name, label, value);
    el.setAttribute("role", "listitem");
    this.el.append(el);
    return { el, label, value };
  }

  #fill(
    { el, label, value }: Chip,
    index: number,
    p: number,
    rank: string,
    explained: boolean,
    reason: string,
  ): void {
    const name = this.facet.classes[index];
    el.classList.toggle("rnnviz-absent", name === undefined);
    mark(el, "data-class", name ?? null);
    mark(el, "data-target", name !== undefined && explained ? "true" : null);
    if (name === undefined) return;
    const shown = visible(name);
    const number = percent(p) + rank;
    write(label, shown);
    write(value, number);
    el.style.setProperty("--rnnviz-p", String(Number.isFinite(p) ? p : 0));
    el.title = explained ? `${shown}: ${number}. Explained: ${reason}` : `${shown}: ${number}`;
  }
}
