/** The chips of one facet: its best predictions, and the explained class, whatever its rank. */

import { beside_the_best } from "../../../rnnviz_widget/picture/wording.json";
import {
  consume,
  listen,
  make,
  mark,
  onHoverOrFocus,
  setVariable,
  suppressShortcuts,
  toggle,
  write,
} from "../core/dom";
import { fill } from "../core/fill";
import { amount, visible } from "../core/format";
import { rankOf } from "../state/caption";
import type { TargetToPreview } from "../state/preview-request";
import type { Facet } from "../wire";

export interface PredictionsHandlers {
  /** Whether the page can explain another class. */
  readonly choosable: boolean;
  /** Whether the page can read another text. */
  readonly editable: boolean;
  /** The reader presses a class; `pair`: as a contrast with the one explained now. */
  press(name: string, pair: boolean): void;
  /** The pointer or the keyboard enters a class, or with null leaves it. */
  preview(target: TargetToPreview | null): void;
}

interface Chip {
  readonly el: HTMLElement;
  readonly label: HTMLElement;
  readonly value: HTMLElement;
  /** Its label, without what a press does. */
  title: string;
}

/** Whether a class is the one that is explained, or its rival. */
interface ChipRole {
  readonly name: "target" | "rival";
  /** Why it is explained, or the class it is compared with. */
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
  #takes = false;
  #s = 0;

  constructor(
    public facet: Facet,
    private readonly handlers: PredictionsHandlers,
    signal: AbortSignal,
  ) {
    const { choosable, editable } = handlers;
    this.interactive = choosable || (editable && facet.truth !== null);
    setVariable(this.el, "k", Math.max(1, facet.k));
    this.#chips = Array.from({ length: facet.k }, () => this.#chip("chip"));
    this.#extraChip = this.#chip("chip chip-apart");
    const does = choosable ? "choose what is explained" : "press to put one into the text";
    const name = this.interactive ? `${facet.name} predicts; ${does}` : null;
    mark(this.el, "role", name === null ? "list" : "group");
    mark(this.el, "aria-label", name);
    if (name === null) return;
    for (const el of this.elements) this.#listen(el, signal);
  }

  get elements(): readonly HTMLElement[] {
    return this.#all.map(({ el }) => el);
  }

  get #all(): readonly Chip[] {
    return [...this.#chips, this.#extraChip];
  }

  #listen(el: HTMLElement, signal: AbortSignal): void {
    const { choosable, preview } = this.handlers;
    suppressShortcuts(el);
    listen(el, "click", (event) => this.#press(el, event.shiftKey), signal);
    const act = (event: KeyboardEvent) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      consume(event);
      this.#press(el, event.shiftKey);
    };
    listen(el, "keydown", act, signal);
    if (!choosable) return;
    const target: TargetToPreview = () => {
      const name = el.dataset["class"];
      return name === undefined || this.#explained.includes(name) ? null : [name];
    };
    onHoverOrFocus(el, (here) => preview(here ? target : null), signal);
  }

  #press(el: HTMLElement, pair: boolean): void {
    const name = el.dataset["class"];
    if (name !== undefined) this.handlers.press(name, pair);
  }

  /** Marks chips that a press inserts into the text; `first`: the tab key inserts the first of them. */
  showTaking(takes: boolean, first: boolean): void {
    this.#takes = takes;
    for (const chip of this.#all) this.#sayWhatAPressDoes(chip);
    const el = this.#chips[0]?.el;
    if (el === undefined) return;
    mark(el, "data-first", first);
    mark(el, "aria-keyshortcuts", first && "Tab");
  }

  /** Outlines a class whose rows are awaited. */
  expect(name: string | null): void {
    for (const el of this.elements) {
      toggle(el, "awaited", name !== null && el.dataset["class"] === name);
    }
  }

  /** Whether the scene explains this class already, and no contrast. */
  isOwn(name: string): boolean {
    const [own, rival] = this.#explained;
    return rival === undefined && own === name;
  }

  /**
   * The class that the scene explains, and its rival in a contrast. Neither is previewed: a picture that is made anew for the
   * chosen contrast has its chips under the pointer, and a preview of one would take the contrast's place.
   */
  get #explained(): (string | undefined)[] {
    const { classes, target, rivals } = this.facet;
    return [target, rivals?.target].map((of) => classes[of?.[this.#s] ?? -1]);
  }

  /** `facet` are the facts about the model, including those of a preview. */
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
    // The class that the scene explains keeps its place while another is previewed.
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
    toggle(el, "absent", name === undefined);
    mark(el, "data-class", name ?? null);
    for (const one of ["target", "rival"] as const) {
      mark(el, `data-${one}`, name !== undefined && part?.name === one);
    }
    if (name === undefined) return;
    const shown = visible(name);
    const { unit } = this.facet;
    const value = amount(p, unit);
    const number = rank === "" ? value : fill(beside_the_best, { value, rank });
    write(label, shown);
    write(valueEl, number);
    setVariable(el, "p", Number.isFinite(p) && unit === null ? p : 0);
    const explainable = this.handlers.choosable && unit === null;
    const does =
      part === null ? explainable && EXPLAIN : `. ${ROLE_WORDS[part.name]} ${part.words}`;
    chip.title = `${shown}: ${number}${does || ""}`;
    this.#sayWhatAPressDoes(chip);
  }

  #sayWhatAPressDoes({ el, title }: Chip): void {
    const takes = this.#takes;
    mark(el, "data-takeable", takes);
    mark(el, "aria-disabled", this.interactive && !this.handlers.choosable && !takes);
    const all = takes ? title.replace(EXPLAIN, "") + TAKE : title;
    if (el.title !== all) el.title = all;
  }
}

/** Whether the explained class is among the best. */
function isBest({ top, target, k }: Facet, s: number): boolean {
  return top.slice(s * k, (s + 1) * k).includes(target[s] ?? -1);
}
