/** The chips above a text: the best predictions, and the explained class wherever it stands. */

import { beside_the_best } from "../../../rnnviz_widget/picture/wording.json";
import { make, mark, onHoverOrFocus, write } from "../core/dom";
import { fill } from "../core/fill";
import { amount, visible } from "../core/format";
import { rankOf } from "../state/caption";
import type { TargetToPreview } from "../state/preview-request";
import type { Facet } from "../wire";

export interface PredictionsHandlers {
  /** The reader chooses a class; `pair`: it rather than the one explained now. */
  choose(name: string, pair: boolean): void;
  /** The reader looks at a class, or with null away. */
  preview(wanted: TargetToPreview | null): void;
}

interface Chip {
  readonly el: HTMLElement;
  readonly label: HTMLElement;
  readonly value: HTMLElement;
}

/** The part that a class has in what is explained: it is that, or that is compared with it. */
interface ChipRole {
  readonly name: "target" | "rival";
  /** Why that, or what is compared with it. */
  readonly words: string;
}

const SAID = { target: "Explained:", rival: "Compared with" } as const;

export class Predictions {
  readonly el = make("div", "chips");
  readonly #chips: readonly Chip[];
  readonly #extraChip: Chip;
  #choosable = false;
  #s = 0;

  constructor(private readonly facet: Facet) {
    this.el.setAttribute("role", "list");
    this.el.style.setProperty("--rnnviz-k", String(Math.max(1, facet.k)));
    this.#chips = Array.from({ length: facet.k }, () => this.#chip("chip"));
    this.#extraChip = this.#chip("chip chip-apart");
  }

  /** Lets the reader choose what is explained: a click one class, with Shift it rather than the one explained now. */
  choosable({ choose, preview }: PredictionsHandlers, signal: AbortSignal): void {
    this.el.setAttribute("role", "group");
    this.el.setAttribute("aria-label", `${this.facet.name} predicts; choose what is explained`);
    for (const { el } of [...this.#chips, this.#extraChip]) {
      el.setAttribute("role", "button");
      el.tabIndex = 0;
      el.dataset["lmSuppressShortcuts"] = "true";
      const act = (event: MouseEvent | KeyboardEvent) => {
        const name = el.dataset["class"];
        if (name !== undefined) choose(name, event.shiftKey);
      };
      el.addEventListener("click", act, { signal });
      const wanted: TargetToPreview = () => {
        const name = el.dataset["class"];
        return name === undefined || this.isOwn(name) ? null : [name];
      };
      onHoverOrFocus(el, (looks) => preview(looks ? wanted : null), signal);
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

  /** Outlines a class whose rows are on their way. */
  expect(name: string | null): void {
    for (const { el } of [...this.#chips, this.#extraChip]) {
      el.classList.toggle("rnnviz-awaited", name !== null && el.dataset["class"] === name);
    }
  }

  /** Whether the scene explains this class already, and no other beside it. */
  isOwn(name: string): boolean {
    const { classes, target, rivals } = this.facet;
    const rival = classes[rivals?.target[this.#s] ?? -1];
    return rival === undefined && classes[target[this.#s] ?? -1] === name;
  }

  /** `facet` is what is known of the model now, with what is looked at. */
  show(facet: Facet, s: number): void {
    this.#s = s;
    const { classes, k, top, topP, rivals } = facet;
    const target = facet.target[s] ?? -1;
    const rival = rivals?.target[s] ?? -1;
    const explained: ChipRole = {
      name: "target",
      words: facet.reasons[s] ?? "",
    };
    const compared: ChipRole = { name: "rival", words: visible(classes[target] ?? "") };
    this.#chips.forEach((chip, i) => {
      const index = top[s * k + i] ?? -1;
      const part = index === target ? explained : index === rival ? compared : null;
      this.#fill(chip, classes[index], topP[s * k + i], "", part);
    });
    // What the scene explains keeps its place while another class is looked at.
    const at = !isBest(facet, s) ? facet : isBest(this.facet, s) ? null : this.facet;
    const index = at?.target[s] ?? -1;
    const rank = at === null || at.unit !== null ? "" : rankOf(at, s);
    const part = at === facet ? explained : null;
    this.#fill(this.#extraChip, at?.classes[index], at?.targetP[s], rank, part);
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
    chip: Chip,
    name: string | undefined,
    p = Number.NaN,
    rank = "",
    part: ChipRole | null = null,
  ) {
    const { el, label, value: valueEl } = chip;
    el.classList.toggle("rnnviz-absent", name === undefined);
    mark(el, "data-class", name ?? null);
    for (const one of ["target", "rival"] as const) {
      mark(el, `data-${one}`, name !== undefined && part?.name === one ? "true" : null);
    }
    if (name === undefined) return;
    const shown = visible(name);
    const { unit } = this.facet;
    const value = amount(p, unit);
    const number = rank === "" ? value : fill(beside_the_best, { value, rank });
    write(label, shown);
    write(valueEl, number);
    el.style.setProperty("--rnnviz-p", String(Number.isFinite(p) && unit === null ? p : 0));
    const ask =
      this.#choosable && unit === null ? ". Click to explain it, with Shift to compare" : "";
    const said = part === null ? ask : `. ${SAID[part.name]} ${part.words}`;
    el.title = `${shown}: ${number}${said}`;
  }
}

/** Whether what is explained is among the best. */
function isBest({ top, target, k }: Facet, s: number): boolean {
  return top.slice(s * k, (s + 1) * k).includes(target[s] ?? -1);
}
