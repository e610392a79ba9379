/** The search for places where the brushed characters' units are on: what is chosen, asked, and has come. */
import { listen, make, makeButton, mark, onAbort, write } from "../core/dom";
import { glyph, grouped, percent } from "../core/format";
import type { Span } from "../core/scales";
import type { AskKind } from "../wire";
import type { Fields } from "../wire/fields";
import type { UnitMatch, UnitSearch } from "../wire/generated";
import { decodeSearchReply, type SearchReply } from "../wire/matches";
import type { Drawing } from "./drawing";
import type { InstrumentHost } from "./instruments";
import { RadioGroup } from "./radio-group";
import type { ShownSearch } from "./unit-matches";
import { WayBack } from "./way-back";

/** How long a brush rests before it is searched for: Python may set the brush and say the rest just after it. */
const REST = 20;
/** From which value on a unit is on in LSTMVis. */
const LSTMVIS = 0.3;

const PLACES = [
  { name: "text", label: "this text", title: "Search for like places in the text that is shown" },
  { name: "corpus", label: "the corpus", title: "Search in the texts that were given from Python" },
] as const;

const RULES = [
  {
    name: "quantile",
    label: "own quantile",
    title: "A unit is on beyond a quantile of its own states, on either side",
  },
  {
    name: "lstmvis",
    label: "LSTMVis",
    title: "As LSTMVis has it: on from one threshold for all units, matches by its own ranking",
  },
] as const;

type SearchChoices = Omit<UnitSearch, "start" | "after" | "layers">;

const FIRST: SearchChoices = {
  corpus: false,
  quantile: 0.9,
  threshold: null,
  before: 1,
  beyond: 0,
};

export interface SearchHandlers {
  /** The layers that the reader has chosen; "": the one that is shown first. */
  layers(): readonly string[];
  /** Python has chosen layers. */
  choose(layers: readonly string[]): void;
  /** What was found has changed. */
  changed(): void;
}

export class UnitSearchView {
  /** Among the choices: where, by which rule, how far. */
  readonly el = make("span", "unit-search");
  /** The way back from a match in another text. */
  readonly back: WayBack;
  readonly #places: RadioGroup<"text" | "corpus">;
  readonly #rules: RadioGroup<"quantile" | "lstmvis">;
  readonly #progress = make("span", "unit-search-progress");
  readonly #stop = makeButton("button", "stop", "Search in this text again");
  #choices = FIRST;
  #reply: SearchReply | null = null;
  /** Why what was asked for is refused. */
  #refused = "";
  #drawing: Drawing | null = null;
  #serial: number | null = null;
  /** Whether the newest search was asked for here. */
  #own = false;
  /** What was asked for, here or elsewhere; null: nothing. */
  #asked: UnitSearch | null = null;
  /** The layers that were shown when Python selected: until there is a result, those are taken as searched. */
  #shownThen: readonly string[] = [];
  /** What the picture had when the kernel told of another search, until the next one, which may have another brush. */
  #outdated: UnitSearch | null | undefined;
  #resting: (() => void) | null = null;
  #shown: readonly (ShownSearch | null)[] = [];

  constructor(
    private readonly host: InstrumentHost,
    private readonly handlers: SearchHandlers,
    signal: AbortSignal,
  ) {
    this.#places = new RadioGroup(
      "matches in",
      PLACES,
      (name) => this.#choose({ corpus: name === "corpus" }),
      signal,
    );
    this.#rules = new RadioGroup(
      "a unit is on by",
      RULES,
      (name) => this.#choose({ threshold: name === "lstmvis" ? LSTMVIS : null }),
      signal,
    );
    listen(this.#stop, "click", () => this.#choose({ corpus: false }), signal);
    this.back = new WayBack(() => this.visit(null), signal);
    this.el.append(this.#places.el, this.#rules.el, this.#progress, this.#stop);
    onAbort(signal, () => this.#end());
    this.#draw();
  }

  /** What was found for one model; null: nothing is searched for, or it has not come. */
  found(facet: number): ShownSearch | null {
    return this.#shown[facet] ?? null;
  }

  /** Whether matches in other texts can be shown. */
  get canVisit(): boolean {
    return this.host.readText !== null && !this.host.alone;
  }

  /** Shows a match; null: the reader's own text again. */
  visit(match: UnitMatch | null): void {
    if (match !== null && match.text === null && this.#reply?.visited == null) {
      this.host.pin(match.after - 1);
      return;
    }
    const { text, start, after } = match ?? { text: null, start: 0, after: 0 };
    this.#refused = "";
    this.host.ask({ text, start, after }, "corpus_text");
  }

  show(drawing: Drawing): void {
    if (drawing !== this.#drawing) this.#outdated = undefined;
    this.#drawing = drawing;
    this.#draw();
    if (this.host.alone || !this.#isNew) return;
    this.#resting?.();
    this.#resting = this.host.after(REST, () => this.#askIfNew());
  }

  read(message: Fields): void {
    const { scene } = this.host;
    const found = decodeSearchReply(message, scene.facets.length);
    if (found.epoch !== scene.epoch) return;
    this.#reply = found;
    // All that Python selects has the same serial.
    const another = found.serial !== this.#serial || !isSame(found.search, this.#asked);
    if (this.host.alone || another) {
      this.#adopt(found);
      this.#outdated = this.#wanted;
    }
    this.#shown = scene.facets.map((_, i) => this.#shownOf(i));
    this.#draw();
    this.handlers.changed();
  }

  /** A search is refused, or a text that was to be visited: then what was found stays. */
  refused(words: string, kind: AskKind): void {
    if (kind === "matches") {
      this.#reply = null;
      this.#shown = [];
    }
    this.#refused = words;
    this.#draw();
    this.handlers.changed();
  }

  /** Takes over what was selected elsewhere: from Python, or before the text of a match was shown. */
  #adopt({ search, serial }: SearchReply): void {
    this.#serial = serial;
    this.#own = false;
    this.#asked = search;
    if (search === null) return;
    const { start, after, layers, ...choices } = search;
    this.#choices = choices;
    if (layers.some((layer, i) => layer !== "" && layer !== this.handlers.layers()[i])) {
      this.handlers.choose(layers);
    }
    this.#shownThen = [...this.handlers.layers()];
  }

  /** The brush that is to be searched for; that which marks a visited match is not. */
  get #brush(): Span | null {
    const brush = this.#drawing?.options.brush ?? null;
    const visited = this.#reply?.visited;
    const marks = visited?.start === brush?.start && visited?.after === brush?.end;
    return brush !== null && marks ? null : brush;
  }

  /** What is to be searched for; what was asked for where a visited match is marked. */
  get #wanted(): UnitSearch | null {
    const brush = this.#brush;
    if (brush !== null) return this.#searchOf(brush);
    const marked = this.#reply?.visited != null && this.#drawing?.options.brush != null;
    return marked ? this.#known : null;
  }

  /** What was asked for; a layer that Python left open is the one that is shown, as long as that is the one searched. */
  get #known(): UnitSearch | null {
    const asked = this.#asked;
    if (asked === null || this.#own) return asked;
    const shown = this.handlers.layers();
    const searched = (i: number) => {
      const found = this.#reply?.facets[i];
      return found === undefined || "error" in found ? this.#shownThen[i] : found.layer;
    };
    const open = (i: number) => (searched(i) === shown[i] ? (shown[i] ?? "") : "");
    return { ...asked, layers: asked.layers.map((one, i) => one || open(i)) };
  }

  #searchOf({ start, end }: Span): UnitSearch {
    const { corpus, quantile, threshold, before, beyond } = this.#choices;
    const layers = this.handlers.layers();
    return { start, after: end, layers, corpus, quantile, threshold, before, beyond };
  }

  #choose(change: Partial<SearchChoices>): void {
    this.#choices = { ...this.#choices, ...change };
    const brush = this.#drawing?.options.brush;
    this.#ask(brush ? this.#searchOf(brush) : null);
    this.#draw();
  }

  /** Closed, it has nothing read in the background that it has asked for itself. */
  #end(): void {
    this.#resting?.();
    const { progress, search } = this.#reply ?? {};
    if (this.#own && progress && search) this.#ask({ ...search, corpus: false });
  }

  /** Whether something else is to be searched for than was asked for. */
  get #isNew(): boolean {
    const wanted = this.#wanted;
    return !isSame(wanted, this.#known) && !isSame(wanted, this.#outdated);
  }

  #askIfNew(): void {
    if (this.#isNew) this.#ask(this.#wanted);
  }

  #ask(search: UnitSearch | null): void {
    if (this.host.alone) return;
    this.#asked = search;
    this.#own = true;
    this.#refused = "";
    this.#serial = this.host.ask({ search }, "matches");
  }

  #shownOf(i: number): ShownSearch | null {
    const { search, facets, corpus, selected = "", visited = null, progress } = this.#reply ?? {};
    const found = facets?.[i] ?? (progress ? { error: `${progress.words}…` } : undefined);
    if (!search || found === undefined) return null;
    const characters = [...selected].map(glyph).join("");
    const more = search.after - search.start > [...selected].length ? "…" : "";
    const name = corpus?.name ?? "the corpus";
    const where = search.corpus ? `places of ${name}` : "other places";
    const back = this.host.alone ? null : visited;
    return {
      found,
      search,
      selected: `“${characters}${more}”`,
      where,
      corpus: name,
      visited: back,
    };
  }

  #draw(): void {
    const { corpus, progress, visited, search } = this.#reply ?? {};
    const selecting = search != null || this.#drawing?.options.brush != null;
    const { alone } = this.host;
    this.#places.el.hidden = alone || corpus == null;
    this.#places.el.title = corpus ? `${corpus.name}: ${grouped(corpus.texts)} texts` : "";
    this.#rules.el.hidden = alone || !selecting;
    this.#places.show(this.#choices.corpus ? "corpus" : "text");
    this.#rules.show(this.#choices.threshold === null ? "quantile" : "lstmvis");
    const far = progress ? `${progress.words}: ${percent(progress.share)}` : "";
    // How far it is is not read out; the list says what is done.
    mark(this.#progress, "role", this.#refused === "" ? null : "status");
    write(this.#progress, far || this.#refused);
    this.#stop.hidden = alone || progress == null || search?.corpus !== true;
    this.back.show(alone ? null : (visited ?? null), corpus?.name ?? "the corpus");
  }
}

/** Their keys are always in the same order. */
function isSame(one: UnitSearch | null, other: UnitSearch | null | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
