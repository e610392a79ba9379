/** The whole picture: the quiet line, the facets and the notices; draws frames and reports the reader's actions. */

import type { Rgb } from "../core/color";
import { make, suppressShortcuts, toggle } from "../core/dom";
import { type Words, wordsOf } from "../core/words";
import { differsSomewhere } from "../state/caption";
import type { LagMeans } from "../state/lag-means";
import { isSigned, isUsual } from "../state/measures";
import { DEFAULTS, type Options } from "../state/options";
import type { TargetToPreview } from "../state/preview-request";
import { shapeOf } from "../state/scene-shape";
import type { Frame } from "../state/shown-position";
import type { TextMeans } from "../state/text-means";
import type { AskKind, FoundClasses, Scene, Status, Target } from "../wire";
import type { Fields } from "../wire/fields";
import { Announcer } from "./announcer";
import { Autoplay, stopWhenTouched } from "./autoplay";
import type { ChosenNames } from "./controls";
import { type DrawingContext, drawingOf } from "./drawing";
import type { ExplorerHandlers } from "./explorer-handlers";
import { FacetView } from "./facet-view";
import { type PaintedParts, paintFrame } from "./frame-painter";
import { type Header, makeHeader } from "./header";
import { InstrumentSlots } from "./instrument-slots";
import type { InstrumentHost } from "./instruments";
import { Legend } from "./legend";
import { Notices } from "./notices";
import { makePanels, type Panels } from "./panels";
import { makePointing, type Pointing } from "./pointing";
import type { PredictionGrid } from "./prediction-grid";
import { linkScrolling } from "./scroll-sync";
import { previewedName, TargetChoice } from "./target-choice";
import { Theme } from "./theme";

export class ExplorerView {
  readonly el = suppressShortcuts(make("div", "explorer"));
  /** The words of the text. */
  words: Words;
  /** The chips from which the editor inserts. */
  readonly predictions: PredictionGrid | null;
  readonly #theme = new Theme(this.el);
  readonly #targets: TargetChoice;
  readonly #facets: readonly FacetView[];
  readonly #header: Header;
  readonly #panels: Panels;
  readonly #notices: Notices;
  readonly #legend: Legend;
  readonly #parts: PaintedParts;
  readonly #pointing: Pointing;
  readonly #play: Autoplay;
  readonly instruments: InstrumentSlots;
  readonly #lags: (LagMeans | null)[] = [];
  #frame: Frame | null = null;
  #options: Options = DEFAULTS;

  constructor(
    private scene: Scene,
    private readonly handlers: ExplorerHandlers,
    private readonly signal: AbortSignal,
  ) {
    const choosable = !handlers.alone && scene.target !== null;
    this.words = wordsOf(scene.characters);
    this.#targets = this.#makeTargets();
    this.#facets = this.#makeFacets(choosable);
    const { offered, opened } = handlers;
    const colourText: InstrumentHost["colourText"] = (i, colours) =>
      this.#facets[i]?.colourText(colours);
    const host = { ...handlers, scene, colourText };
    this.instruments = new InstrumentSlots(offered, host, opened, signal);
    const rows = this.#facets.map((facet) => facet.predictions);
    const makeGrid = handlers.instruments.makePredictionGrid;
    this.predictions = makeGrid?.(rows, handlers.editing, choosable, signal) ?? null;
    this.#notices = new Notices(handlers.alone, () => handlers.freeze(), signal);
    const legend = new Legend(scene);
    this.#legend = legend;
    const announcer = new Announcer(handlers.opened, signal);
    this.#panels = this.#makePanels(choosable, announcer.fold.button);
    this.#header = this.#makeHeader(choosable, legend.el);
    const [facets, header, notices] = [this.#facets, this.#header, this.#notices];
    this.#parts = { el: this.el, facets, header, legend, notices, announcer };
    this.#pointing = this.#makePointing();
    const texts = facets.map((facet) => facet.text);
    this.#play = new Autoplay(() => this.scene.characters.length, handlers, texts, signal);
    this.el.append(
      header.el,
      this.#panels.controls.slot,
      legend.sentence,
      this.#panels.keys.slot,
      ...facets.map((facet) => facet.el),
      ...this.instruments.elements,
      make("div", "footer", announcer.fold.slot, ...notices.elements),
      announcer.spoken,
    );
    for (const [i, facet] of facets.entries()) facet.append(this.instruments.placesOf(i));
    this.instruments.restore();
    this.#markScene();
  }

  #makeTargets(): TargetChoice {
    return new TargetChoice(() => this.scene.facets, {
      ...this.handlers,
      comparing: () => this.#pointing.held(),
      canPreview: () => this.#options.direction === "sources",
      shown: () => this.#frame?.shown ?? 0,
      epoch: () => this.scene.epoch,
      leave: () => this.#panels.close(),
    });
  }

  #makeFacets(choosable: boolean): FacetView[] {
    const { scene, handlers, signal } = this;
    const facets = scene.facets.map((facet, i) => {
      const acts = {
        choosable,
        editable: handlers.editing !== null,
        press: (name: string, pair: boolean) => {
          if (!this.predictions?.press(i, name) && choosable) {
            this.#targets.choose(name, pair, i);
          }
        },
        preview: (target: TargetToPreview | null) => this.#targets.preview(target, i),
      };
      return new FacetView(scene.characters, facet, acts, signal);
    });
    const boxes = facets.map((facet) => facet.text.el);
    linkScrolling(boxes, signal);
    return facets;
  }

  #makePanels(choosable: boolean, words: HTMLElement): Panels {
    const { scene, handlers, signal } = this;
    // Models that give one number have no classes to choose.
    const classes = scene.facets.some(({ unit }) => unit === null);
    const rows = this.#facets.map((facet) => facet.predictions);
    const { makeClassSearch: makeField } = handlers.instruments;
    const acts = {
      ...handlers,
      edit: handlers.editing?.toggle ?? null,
      makeSearch:
        choosable && classes && makeField
          ? () => this.#targets.makeSearch(makeField, rows, signal)
          : null,
      words,
      freeze: this.#notices.freeze,
      instruments: this.instruments,
      focusFacet: (index: number) => this.focusFacet(index),
    };
    return makePanels(scene.facets, acts, signal);
  }

  #makeHeader(choosable: boolean, legend: HTMLElement): Header {
    const { handlers, scene, signal } = this;
    const acts = {
      ...handlers,
      preview: (target: TargetToPreview | null) => this.#targets.preview(target),
    };
    const parts = { legend, controls: this.#panels.controls.button };
    return makeHeader(acts, parts, choosable && scene.target !== "truth", signal);
  }

  #makePointing(): Pointing {
    const { handlers } = this;
    return makePointing(
      this.el,
      () => ({ characters: this.scene.characters, words: this.words }),
      this.#facets,
      stopWhenTouched(
        { ...handlers, pointBeside: (position) => this.instruments.point(position) },
        () => this.#options,
      ),
      this.#panels,
      () => {
        this.#targets.previewAgain();
        this.#redraw();
      },
      this.signal,
    );
  }

  /** Shows another scene with the same elements, where it is of the same shape; `draw` then completes it. */
  setScene(scene: Scene): boolean {
    const { characters } = scene;
    const can = this.#facets.every(({ text }) => text.canSetText(characters));
    if (!can || shapeOf(scene) !== shapeOf(this.scene)) return false;
    this.scene = scene;
    this.words = wordsOf(characters);
    this.#frame = null;
    this.#lags.length = 0;
    this.#targets.forget();
    for (const [i, facet] of scene.facets.entries()) this.#facets[i]?.setText(characters, facet);
    this.#legend.setScene(scene);
    this.#notices.showTrouble("");
    this.#notices.showStatus(null);
    this.instruments.setScene(scene);
    this.#pointing.textChanged();
    this.#markScene();
    return true;
  }

  #markScene(): void {
    const { scene } = this;
    this.el.dataset["epoch"] = String(scene.epoch);
    toggle(this.el, "differing", differsSomewhere(scene));
    toggle(this.el, "several", scene.facets.length > 1);
    // The default needs no sentence at rest.
    const usual = scene.facets.every(({ measure }) => isUsual(measure));
    toggle(this.el, "measured", !usual);
  }

  /** Lists the classes that a search found. */
  showFound(found: FoundClasses): void {
    this.#panels.classSearch()?.found(found);
  }

  set ground(ground: Rgb) {
    this.#theme.ground = ground;
    this.#theme.use(isSigned((this.#frame?.scene ?? this.scene).facets));
    this.#redraw();
  }

  /** What holds for all models that have nothing of their own. */
  set chosen(chosen: ChosenNames) {
    this.#panels.show({ chosen });
  }

  set options(options: Options) {
    this.#options = options;
    this.#panels.show({ options });
    this.#header.showOptions(options);
    this.#play.playing = options.playing;
    this.#redraw();
  }

  #redraw(): void {
    if (this.#frame !== null) this.draw(this.#frame);
  }

  draw(given: Frame): void {
    this.#frame = given;
    const influences = this.#influences;
    const frame = (influences ? given.withoutPreview : null) ?? given;
    const palette = this.#theme.use(isSigned(frame.scene.facets));
    if (palette === null) return;
    for (const { text } of this.#facets) text.updateVisible();
    const bars = this.#options.bars || this.#theme.needsBars;
    const options = { ...this.#options, bars };
    const { share } = this.handlers;
    const { words } = this;
    const atLeast: DrawingContext["atLeast"] = (shown, drawn) =>
      (options.common_scale && this.handlers.axis()?.fullColour(shown, drawn)) || 0;
    const context = { options, palette, influences, share, words, lags: this.#lags, atLeast };
    const drawing = drawingOf(frame, context);
    paintFrame(drawing, words, this.#parts);
    this.instruments.show(drawing);
    this.predictions?.show(frame.shown);
    this.#panels.classSearch()?.show();
  }

  /** Outlines the class that is to be previewed while its rows are on their way. */
  expect(target: Target | null): void {
    const name = previewedName(target);
    for (const { predictions } of this.#facets) predictions.expect(name);
  }

  /** Shift, held while the pointer is over the widget, shows influence; over a class it previews a contrast. */
  get #influences(): boolean {
    const turned = this.#pointing.held() && !this.#targets.previewing;
    return (this.#options.direction === "influence") !== turned;
  }

  /** The means over all rows of a facet; null until all are there. */
  showMeans(facet: number, means: TextMeans | null): void {
    this.#facets[facet]?.memory.showText(means?.memory ?? null);
    this.#lags[facet] = means?.lags ?? null;
    if (this.#options.scale === "expected") this.#redraw();
  }

  /** Gives an instrument a reply to what it asked, or the words of a refusal; returns whether one asked. */
  readForInstrument(kind: AskKind, reply: Fields | string): boolean {
    return this.instruments.read(kind, reply);
  }

  showStatus(status: Status | null): void {
    this.#notices.showStatus(status);
  }

  /** See `Notices.showFreeze`. */
  showFreeze(state: string): void {
    this.#notices.showFreeze(state);
  }

  /** Shows an error beside the picture, which stays. */
  showTrouble(words: string): void {
    this.#notices.showTrouble(words);
  }

  focusFacet(index: number): void {
    this.#pointing.focus(index);
  }
}
