/** The chips of one facet: its best predictions, and the explained class wherever it stands. */

import { beside_the_best } from "../../../rnnviz_widget/picture/wording.json";
import { listen, make, mark, onHoverOrFocus, suppressShortcuts, write } from "../core/dom";
import { fill } from "../core/fill";
import { amount, visible } from "../core/format";
import { rankOf } from "../state/caption";
import type { TargetToPreview } from "../state/preview-request";
import type { Facet, Truth } from "../wire";

export interface PredictionsHandlers {
  /** Whether the page can explain another class. */
  readonly choosable: boolean;
  /** The reader chooses a class; `pair`: it rather than the one explained now. */
  choose(name: string, pair: boolean): void;
  /** The reader looks at a class, or with null away. */
  preview(target: TargetToPreview | null): void;
  /** The reader takes a class into the text; null where that can't be another. */
  readonly take: ((name: string, truth: Truth) => void) | null;
}

/** Whether these predictions can be taken into the text just now. */
export interface Taking {
  readonly able: boolean;
  /** Whether a press takes rather than explains. */
  readonly typing: boolean;
  /** Whether the tab key takes the first. */
  readonly first: boolean;
}

const NOT_TAKING: Taking = { able: false, typing: false, first: false };

interface Chip {
  readonly el: HTMLElement;
  readonly label: HTMLElement;
  readonly value: HTMLElement;
  /** What is said of it, without what a press does. */
  title: string;
}

/** The part that a class has in what is explained: it is that, or that is compared with it. */
interface ChipRole {
  readonly name: "target" | "rival";
  /** Why that, or what is compared with it. */
  readonly words: string;
}

const ROLE_WORDS = { target: "Explained:", rival: "Compared with" } as const;
const TAKE = ". Click to put it into the text";
const EXPLAIN = ". Click to explain it, with Shift to compare";

export class Predictions {
  readonly el = make("div", "chips");
  /** Whether chips can be pressed at all. */
  readonly interactive: boolean;
  readonly #chips: readonly Chip[];
  readonly #extraChip: Chip;
  #taking = NOT_TAKING;
  #s = 0;

  constructor(
    private readonly facet: Facet,
    private readonly handlers: PredictionsHandlers,
    signal: AbortSignal,
  ) {
    const { choosable, take } = handlers;
    this.interactive = choosable || (take !== null && facet.truth !== null);
    mark(this.el, "role", this.interactive ? "group" : "list");
    this.el.style.setProperty("--rnnviz-k", String(Math.max(1, facet.k)));
    this.#chips = Array.from({ length: facet.k }, () => this.#chip("chip"));
    this.#extraChip = this.#chip("chip chip-apart");
    if (!this.interactive) return;
    const does = choosable ? "choose what is explained" : "press to put one into the text";
    mark(this.el, "aria-label", `${facet.name} predicts; ${does}`);
    for (const el of this.elements) this.#listen(el, signal);
  }

  get elements(): readonly HTMLElement[] {
    return [...this.#chips, this.#extraChip].map(({ el }) => el);
  }

  #listen(el: HTMLElement, signal: AbortSignal): void {
    const { choosable, preview } = this.handlers;
    suppressShortcuts(el);
    listen(el, "click", (event) => this.#press(el, event.shiftKey), signal);
    const act = (event: KeyboardEvent) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      this.#press(el, event.shiftKey);
    };
    listen(el, "keydown", act, signal);
    if (!choosable) return;
    const target: TargetToPreview = () => {
      const name = el.dataset["class"];
      return name === undefined || this.isOwn(name) ? null : [name];
    };
    onHoverOrFocus(el, (here) => preview(here ? target : null), signal);
  }

  /** Takes what a chip names into the text, or explains it. */
  #press(el: HTMLElement, pair: boolean): void {
    const name = el.dataset["class"];
    if (name === undefined) return;
    if (this.takes) this.take(el);
    else if (this.handlers.choosable) this.handlers.choose(name, pair);
  }

  /** Whether pressing a chip takes it. */
  get takes(): boolean {
    return this.#taking.able && (this.#taking.typing || !this.handlers.choosable);
  }

  take(el = this.elements[0]): void {
    const name = el?.dataset["class"];
    const { truth } = this.facet;
    if (this.#taking.able && name && truth !== null) this.handlers.take?.(name, truth);
  }

  set taking(taking: Taking) {
    this.#taking = taking;
    for (const chip of [...this.#chips, this.#extraChip]) this.#sayWhatAPressDoes(chip);
    const [first] = this.#chips;
    if (first === undefined) return;
    mark(first.el, "data-first", taking.first ? "true" : null);
    mark(first.el, "aria-keyshortcuts", taking.first ? "Tab" : null);
  }

  /** Outlines a class whose rows are on their way. */
  expect(name: string | null): void {
    for (const el of this.elements) {
      el.classList.toggle("rnnviz-awaited", name !== null && el.dataset["class"] === name);
    }
  }

  /** Whether the scene explains this class already, and no other beside it. */
  isOwn(name: string): boolean {
    const { classes, target, rivals } = this.facet;
    const rival = classes[rivals?.target[this.#s] ?? -1];
    return rival === undefined && classes[target[this.#s] ?? -1] === name;
  }

  /** `facet` is what is known of the model now, with what is previewed. */
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
    // What the scene explains keeps its place while another class is previewed.
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
    mark(el, "role", this.interactive ? "button" : "listitem");
    this.el.append(el);
    return { el, label, value, title: "" };
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
    const explainable = this.handlers.choosable && unit === null;
    const does =
      part === null ? explainable && EXPLAIN : `. ${ROLE_WORDS[part.name]} ${part.words}`;
    chip.title = `${shown}: ${number}${does || ""}`;
    this.#sayWhatAPressDoes(chip);
  }

  #sayWhatAPressDoes({ el, title }: Chip): void {
    const { takes } = this;
    const idle = this.interactive && !this.handlers.choosable && !takes;
    mark(el, "data-takeable", takes ? "true" : null);
    mark(el, "aria-disabled", idle ? "true" : null);
    const said = takes ? title.replace(EXPLAIN, "") + TAKE : title;
    if (el.title !== said) el.title = said;
  }
}

/** Whether what is explained is among the best. */
function isBest({ top, target, k }: Facet, s: number): boolean {
  return top.slice(s * k, (s + 1) * k).includes(target[s] ?? -1);
}
