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
  #choosable = false;

  constructor(private readonly facet: Facet) {
    this.el.setAttribute("role", "list");
    this.el.style.setProperty("--rnnviz-k", String(Math.max(1, facet.k)));
    this.#chips = Array.from({ length: facet.k }, () => this.#chip("chip"));
    this.#apart = this.#chip("chip chip-apart");
  }

  /** Lets the reader choose what is explained: a click one class, with Shift it rather than the one explained now. */
  choosable(choose: (name: string, pair: boolean) => void, signal: AbortSignal): void {
    this.el.setAttribute("role", "group");
    this.el.setAttribute("aria-label", `${this.facet.name} predicts; choose what is explained`);
    for (const { el } of [...this.#chips, this.#apart]) {
      el.setAttribute("role", "button");
      el.tabIndex = 0;
      el.dataset["lmSuppressShortcuts"] = "true";
      const act = (event: MouseEvent | KeyboardEvent) => {
        const name = el.dataset["class"];
        if (name !== undefined) choose(name, event.shiftKey);
      };
      el.addEventListener("click", act, { signal });
      el.addEventListener(
        "keydown",
        (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          event.stopPropagation();
          act(event);
        },
        { signal },
      );
    }
    this.#choosable = true;
  }

  show(facet: Facet, s: number): void {
    const target = facet.target[s] ?? -1;
    const reason = facet.reasons[facet.reason[s] ?? -1] ?? "";
    let among = false;
    this.#chips.forEach((chip, i) => {
      const index = facet.top[s * facet.k + i] ?? -1;
      const explained = index === target && index >= 0;
      among ||= explained;
      this.#fill(
        facet,
        chip,
        index,
        facet.topP[s * facet.k + i] ?? Number.NaN,
        "",
        explained,
        reason,
      );
    });
    const p = facet.targetP[s] ?? Number.NaN;
    this.#fill(
      facet,
      this.#apart,
      among ? -1 : target,
      p,
      ` · ${rankOf(facet, s)}`,
      !among,
      reason,
    );
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
    facet: Facet,
    { el, label, value }: Chip,
    index: number,
    p: number,
    rank: string,
    explained: boolean,
    reason: string,
  ): void {
    const name = facet.classes[index];
    el.classList.toggle("rnnviz-absent", name === undefined);
    mark(el, "data-class", name ?? null);
    mark(el, "data-target", name !== undefined && explained ? "true" : null);
    if (name === undefined) return;
    const shown = visible(name);
    const number = percent(p) + rank;
    write(label, shown);
    write(value, number);
    el.style.setProperty("--rnnviz-p", String(Number.isFinite(p) ? p : 0));
    const ask = this.#choosable && !explained ? ". Click to explain it, with Shift to compare" : "";
    el.title = `${shown}: ${number}${explained ? `. Explained: ${reason}` : ask}`;
  }
}
