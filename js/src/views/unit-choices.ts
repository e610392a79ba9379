/** What the reader chooses for all strips of units: their order, colours and width, and whether the route is shown. */
import { listen, makeButton, mark } from "../core/dom";
import type { UnitScale } from "../state/unit-colors";
import type { Ask } from "../wire";
import { RadioGroup } from "./radio-group";

export type UnitOrder = Ask<"states">["order"];

const ORDERS = [
  { name: "similar", label: "likeness", title: "Units with similar curves are neighbours" },
  { name: "change", label: "change", title: "Those first that change most over the text" },
  {
    name: "contribution",
    label: "what they carry",
    title:
      "Those first that carry most of an earlier character to the output: of the strongest one, or with the output pinned of the one pointed at",
  },
  { name: "number", label: "number", title: "By their place in the layer" },
] as const;

const SCALES = [
  { name: "layer", label: "one for all", title: "The same colour is the same state in all units" },
  {
    name: "unit",
    label: "each unit’s own",
    title: "Full colour is the largest state of each unit",
  },
] as const;

const WIDTHS = [
  { name: "letters", label: "letters", title: "Columns wide enough for their characters" },
  { name: "text", label: "whole text", title: "As much of the text as fits" },
] as const;

const ROUTE =
  "Which units carry an input to the output: pin an output, and point at an earlier character";

const LENS =
  "What each layer’s state would predict at the character shown, if it were the last layer’s";

export interface ChosenUnits {
  readonly order: UnitOrder;
  readonly scale: UnitScale;
  /** Whether as much of the text as fits is shown. */
  readonly overview: boolean;
  /** Whether the route of a memory is wanted. */
  readonly routed: boolean;
  /** Whether it is wanted what each layer would predict. */
  readonly lensed: boolean;
}

const FIRST: ChosenUnits = {
  ...{ order: "similar", scale: "layer", overview: false },
  ...{ routed: false, lensed: false },
};

export class UnitChoices {
  #chosen: ChosenUnits;
  readonly #orders: RadioGroup<UnitOrder>;
  readonly #scales: RadioGroup<UnitScale>;
  readonly #widths: RadioGroup<"letters" | "text">;
  readonly #route = makeButton("button toggle", "route of the memory", ROUTE);
  readonly #lens = makeButton("button toggle", "what layers predict", LENS);
  readonly elements: readonly HTMLElement[];

  /** `alone`: no kernel can sort the units in another order; `kept`: what was chosen before. */
  constructor(
    private readonly alone: boolean,
    kept: ChosenUnits | undefined,
    private readonly changed: (change: Partial<ChosenUnits>) => void,
    signal: AbortSignal,
  ) {
    this.#chosen = kept ?? FIRST;
    this.#orders = new RadioGroup("sort units by", ORDERS, (order) => this.set({ order }), signal);
    this.#scales = new RadioGroup("colours", SCALES, (scale) => this.set({ scale }), signal);
    const widen = (name: "letters" | "text") => this.set({ overview: name === "text" });
    this.#widths = new RadioGroup("columns", WIDTHS, widen, signal);
    listen(this.#route, "click", () => this.set({ routed: !this.#chosen.routed }), signal);
    listen(this.#lens, "click", () => this.set({ lensed: !this.#chosen.lensed }), signal);
    const groups = alone ? [] : [this.#orders.el];
    this.elements = [...groups, this.#scales.el, this.#widths.el, this.#route, this.#lens];
    this.#show();
  }

  get chosen(): ChosenUnits {
    return this.#chosen;
  }

  /** Chooses; `changed` is told what is another choice than before. */
  set(change: Partial<ChosenUnits>): void {
    this.#chosen = { ...this.#chosen, ...change };
    this.#show();
    this.changed(change);
  }

  /** Without a kernel: what the page was saved with, without being told that it changed. */
  showSaved(saved: Pick<ChosenUnits, "order" | "routed" | "lensed">): void {
    this.#chosen = { ...this.#chosen, ...saved };
    this.#show();
  }

  #show(): void {
    const { order, scale, overview, routed, lensed } = this.#chosen;
    this.#orders.show(order);
    this.#scales.show(scale);
    this.#widths.show(overview ? "text" : "letters");
    mark(this.#route, "aria-pressed", String(routed));
    this.#route.hidden = this.alone && !routed;
    mark(this.#lens, "aria-pressed", String(lensed));
    this.#lens.hidden = this.alone && !lensed;
  }
}
