/** The instrument that shows the states of the models' units on the text: strips, and what is chosen for all of them. */
import { make, mark, onAbort } from "../core/dom";
import type { Span } from "../core/scales";
import type { AskKind } from "../wire";
import type { Fields } from "../wire/fields";
import type { UnitMatch } from "../wire/generated";
import { decodeUnitWindows, type UnitWindows } from "../wire/states";
import type { Drawing } from "./drawing";
import type { Instrument, InstrumentHost } from "./instruments";
import { KernelAsking, NOTHING_SAVED } from "./kernel-asking";
import { SpokenAtRest } from "./spoken-at-rest";
import { type ChosenUnits, UnitChoices } from "./unit-choices";
import { UnitSearchView } from "./unit-search";
import { UnitStrips } from "./unit-strips";
import type { MemoryQuestion } from "./unit-table";

/** How long other columns must be in view, or another unit be pointed at, before the kernel is asked, in milliseconds. */
const REST = 60;
/** How long a reader rests on an input before its route is asked for: it costs the kernel a second. */
const ROUTE_REST = 250;

/** By which name the choices are kept from one scene to the next. */
const KEPT = "states";

const PIN = "Pin an output and point at an earlier character: which units carry it?";
const FOLLOWS = "Following the memory, and running the model again without its strongest unit…";
const READING = "Reading the states…";
const LENS_WAITS = "Asking each layer what it would predict…";

export const makeStates = (host: InstrumentHost, signal: AbortSignal): Instrument =>
  new StatesView(host, signal);

class StatesView implements Instrument {
  readonly el: HTMLElement;
  readonly #status = make("span", "units-status");
  readonly #spoken: SpokenAtRest;
  readonly #choices: UnitChoices;
  readonly #asking: KernelAsking;
  readonly #strips: UnitStrips;
  readonly #search: UnitSearchView;
  #drawing: Drawing | null = null;
  /** The character that is pointed at while an output is pinned. */
  #pointed: number | null = null;
  /** What was asked for last of what is answered at once, and of what takes long. */
  #askedNow = "";
  #askedRoutes = "";
  #savedRoute: readonly [number, number] | null = null;
  /** What is asked about the memory of units. */
  #memory: MemoryQuestion = "none";
  /** Between which characters units are sorted by what they carry. */
  #carried: readonly [number, number] | null = null;
  /** The frame in which it is drawn because another character is pointed at; 0: none. */
  #frame = 0;

  constructor(
    private readonly host: InstrumentHost,
    signal: AbortSignal,
  ) {
    mark(this.#status, "role", "status");
    this.#spoken = new SpokenAtRest(host.after, signal);
    this.#asking = new KernelAsking(host, this.#status);
    const { kept } = host.opened;
    const before = kept.get(KEPT) as ChosenUnits | undefined;
    this.#choices = new UnitChoices(host.alone, before, (change) => this.#chosen(change), signal);
    this.#search = this.#makeSearch(signal);
    host.places[0]?.append(this.#search.back.el);
    this.#strips = new UnitStrips(host, this.#handlers(), signal);
    const said = [this.#status, this.#spoken.el];
    this.el = make("div", "units-choices", ...this.#choices.elements, this.#search.el, ...said);
    onAbort(signal, () => {
      kept.set(KEPT, this.#choices.chosen);
      cancelAnimationFrame(this.#frame);
      this.#asking.end();
      if (this.#asking.begun) host.ask({ ...this.#fields(), around: null, values: false });
    });
  }

  show(now: Drawing): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#drawing = now;
    this.#draw();
    if (this.host.alone) {
      this.#asking.sayAlone(this.#strips.all.some(({ view }) => view.layer !== null));
    } else if (!this.#asking.begun || this.#now !== this.#askedNow) {
      // What is new is asked for at once; while an answer is awaited, after it.
      if (!this.#asking.waits) this.#ask();
    } else if (this.#routes !== this.#askedRoutes) {
      const ask = () => this.#routes !== this.#askedRoutes && this.#ask();
      this.#asking.onceAtRest(this.#wantsRoute ? ROUTE_REST : REST, ask);
    } else this.#askForMissing();
  }

  read(message: Fields, kind: AskKind): void {
    const { host } = this;
    if (kind === "matches") this.#search.read(message);
    if (kind === "color_by") this.#strips.keptUnits.read(message);
    if (kind !== "states") return;
    // Another epoch may have other models.
    if (message["epoch"] !== host.scene.epoch) return;
    const found = decodeUnitWindows(message, host.scene.facets);
    if (!this.#asking.expects(found.serial)) return;
    this.#asking.answered();
    if (host.alone) this.#takeSaved(found);
    found.facets.forEach((window, i) => {
      const view = this.#strips.all[i]?.view;
      if ("error" in window) view?.fail(window.error);
      else view?.take(window);
    });
    if (this.#drawing !== null) this.show(this.#drawing);
  }

  /** What is refused is not asked for again until something changes. */
  refused(words: string, kind: AskKind): void {
    if (kind === "states") this.#asking.answered(words);
    else if (kind === "color_by") this.#strips.keptUnits.refused();
    else this.#search.refused(words, kind);
  }

  point(position: number | null): void {
    // What is pointed at counts when the pointer leaves the text, so that its route can be read.
    if (position !== null) this.#pointed = position;
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => this.#drawing && this.show(this.#drawing));
    }
    for (const { view } of this.#strips.all) view.pointed = position;
  }

  /** A search is for the layers of the first strips. */
  #makeSearch(signal: AbortSignal): UnitSearchView {
    const { host } = this;
    const handlers = {
      layers: () => host.scene.facets.map((_, model) => this.#strips.first(model)?.layer ?? ""),
      choose: (layers: readonly string[]) => {
        layers.forEach((layer, model) => {
          const strip = this.#strips.first(model);
          if (strip !== undefined) strip.layer = layer || null;
        });
        if (this.#asking.begun) this.#ask(true);
      },
      changed: () => this.#drawing !== null && this.show(this.#drawing),
    };
    return new UnitSearchView(host, handlers, signal);
  }

  #handlers() {
    const { host } = this;
    return {
      changed: () => this.#drawing !== null && this.#ask(true),
      askMemory: (what: MemoryQuestion) => {
        if (what === this.#memory) return;
        this.#memory = what;
        this.#ask();
      },
      brush: (span: Span | null) => host.choose({ brush: span }),
      go: (match: UnitMatch | null) => this.#search.visit(match),
      canVisit: this.#search.canVisit,
      pointAt: (position: number) => {
        if (this.#drawing?.frame.pinned) this.point(position);
        else host.pointAt(position);
      },
      needMore: () => this.#askForMissing(),
      scrolled: (x: number) => {
        for (const { view } of this.#strips.all) view.strip.scrollTo(x);
        this.#askForMissing();
      },
      speak: (words: string) => this.#spoken.say(words),
    };
  }

  #draw(): void {
    const drawing = this.#drawing;
    if (drawing === null) return;
    this.#strips.show(drawing, this.#options(), (model) => this.#search.found(model));
    this.#search.show(drawing);
  }

  #options() {
    const { scale, overview, routed, lensed } = this.#choices.chosen;
    const { alone } = this.host;
    const route = routed ? (alone ? this.#savedRoute : this.#ends()) : null;
    const waiting = !routed ? null : route === null ? (alone ? NOTHING_SAVED : PIN) : FOLLOWS;
    return { scale, overview, route, waiting, lens: lensed ? LENS_WAITS : null };
  }

  /** The output and the input between which the route is wanted: those pinned and pointed at, else the output's strongest earlier input. */
  #ends(): readonly [number, number] | null {
    if (this.#drawing === null) return null;
    const { shown, frame, heat } = this.#drawing;
    const pointed = this.#pointed;
    if (frame.pinned && pointed !== null && pointed < shown) return [shown, pointed];
    const shares = heat.facets.find((one) => one !== null && one.part === null)?.shares;
    if (shares === undefined) return null;
    let best: number | null = null;
    for (let p = 0; p < shown; p++) {
      if (best === null || Math.abs(shares[p] ?? 0) > Math.abs(shares[best] ?? 0)) best = p;
    }
    return best === null ? null : [shown, best];
  }

  /** Between which characters what units carry is wanted; while a strip is used its rows stay where they are. */
  #contributionEnds(): readonly [number, number] | null {
    if (this.#choices.chosen.order !== "contribution") return null;
    const stays = this.#carried !== null && this.#strips.all.some(({ view }) => view.strip.isUsed);
    if (!stays) this.#carried = this.#ends();
    return this.#carried;
  }

  /** What is asked for beside windows of states. */
  #fields() {
    const { order, routed, lensed } = this.#choices.chosen;
    return {
      models: this.#strips.all.map(({ model }) => model),
      layers: this.#strips.all.map(({ layer }) => layer),
      curves: this.#strips.all.map(({ view }) => view.missingCurve),
      order,
      carried: this.#contributionEnds(),
      route: routed ? this.#ends() : null,
      memory: this.#memory,
      lens: lensed ? (this.#drawing?.shown ?? null) : null,
    };
  }

  /** What is asked for as soon as it is another. */
  get #now(): string {
    const { curves, route, carried, lens, ...now } = this.#fields();
    return JSON.stringify(now);
  }

  /** What is asked for once the reader rests. */
  get #routes(): string {
    const { route, carried, lens } = this.#fields();
    return JSON.stringify([route, carried, lens]);
  }

  get #wantsRoute(): boolean {
    const { order, routed } = this.#choices.chosen;
    return routed || order === "contribution";
  }

  /** `anew`: the states of another layer are wanted. */
  #ask(anew = false): void {
    if (this.host.alone) return;
    const around = this.#firstMissing();
    const first = this.#strips.all.some(({ view }) => view.layer === null);
    const fields = this.#fields();
    this.#askedNow = this.#now;
    this.#askedRoutes = this.#routes;
    const values = anew || first || around !== null;
    const at = around ?? this.#drawing?.shown ?? 0;
    this.#asking.ask({ ...fields, around: at, values }, fields.route === null ? READING : "");
  }

  /** Asks for what is in view, or pointed at, and not here, once the reader rests. */
  #askForMissing(): void {
    const { host } = this;
    const lacks = () =>
      this.#firstMissing() !== null ||
      this.#strips.all.some(({ view }) => view.missingCurve !== null);
    if (host.alone || !this.#asking.begun || this.#asking.waits || !lacks()) return;
    this.#asking.onceAtRest(REST, () => lacks() && this.#ask());
  }

  /** The first character in view whose states are not here. */
  #firstMissing(): number | null {
    const [first, last] = this.#strips.all[0]?.view.strip.inView ?? [0, 0];
    for (let p = first; p < last; p++)
      if (this.#strips.all.some(({ view }) => view.misses(p))) return p;
    return null;
  }

  /** In a page without a kernel: shows what was shown when it was saved. */
  #takeSaved({ by, models, facets }: UnitWindows): void {
    for (const model of models.slice(this.#strips.all.length)) this.#strips.add(model, null);
    const route = facets.map((one) => ("error" in one ? null : one.route)).find(Boolean) ?? null;
    this.#savedRoute = route && [route.output, route.input];
    const lensed = facets.some((one) => !("error" in one) && one.lens !== null);
    this.#choices.showSaved({ order: by, routed: route !== null, lensed });
  }

  #chosen(change: Partial<ChosenUnits>): void {
    this.#draw();
    if (change.order !== undefined) this.#ask();
    else if (this.#drawing !== null) this.show(this.#drawing);
  }
}
