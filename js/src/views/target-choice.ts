/** The reader's actions on classes: preview one, explain it, or compare it with the one explained now. */
import type { TargetToPreview } from "../state/preview-request";
import type { Facet, Target } from "../wire";
import type { ClassSearch, ClassSearchRequest } from "./class-search-field";
import type { ClassSearchMaker } from "./explorer-handlers";
import type { Predictions } from "./predictions";

export interface TargetChoiceHandlers {
  /** The reader chooses a target: "truth", a class, or a contrast. */
  explain(target: string | readonly string[]): void;
  /** The reader previews another class, or with null ends the preview. */
  preview(target: TargetToPreview | null): void;
  /** The reader searches a class by its name. */
  seek(request: ClassSearchRequest): void;
  /** Whether Shift is held over the widget. */
  comparing(): boolean;
  /** Whether classes can be previewed: not while influence is drawn, which is about many outputs. */
  canPreview(): boolean;
  /** What was chosen last, though this picture may explain another class until rows of that one are here. */
  wished(): Target | null;
  shown(): number;
  epoch(): number;
  /** The focus leaves the search. */
  leave(): void;
}

export class TargetChoice {
  /** Previews the same class again; null: no class is previewed. */
  #again: (() => void) | null = null;

  constructor(
    private readonly facets: () => readonly Facet[],
    private readonly handlers: TargetChoiceHandlers,
  ) {}

  get previewing(): boolean {
    return this.#again !== null;
  }

  /** The preview has ended. */
  forget(): void {
    this.#again = null;
  }

  /** Shift was pressed or released. */
  previewAgain(): void {
    this.#again?.();
  }

  /** Previews a class; with Shift held, the contrast with what that facet explains. */
  preview(wished: TargetToPreview | null, facet = 0): void {
    const { handlers } = this;
    const previews = wished !== null && handlers.canPreview();
    this.#again = previews ? () => this.preview(wished, facet) : null;
    const target = () => {
      const found = wished?.() ?? null;
      const now = this.#explainedBy(facet);
      if (!handlers.comparing() || now === undefined || found?.length !== 1) return found;
      return typeof found[0] === "string" ? ([now, found[0]] as const) : found;
    };
    handlers.preview(previews ? target : null);
  }

  /** Explains a class, or its contrast with what was chosen last, or else with what that facet explains. */
  choose(name: string, pair: boolean, facet = 0): void {
    const now = this.#explainedBy(facet);
    if (!pair) this.handlers.explain([name]);
    else if (now !== undefined && now !== name) {
      this.handlers.explain([now, name]);
      // Shift, released before the contrast is there, does not preview its rival alone.
      this.#again &&= () => {};
    }
  }

  /** Makes a class search; `rows` have the classes that are explained already. */
  makeSearch(
    makeField: ClassSearchMaker,
    rows: readonly Predictions[],
    signal: AbortSignal,
  ): ClassSearch {
    const { seek, leave, shown, epoch } = this.handlers;
    const handlers = {
      seek,
      shown,
      epoch,
      leave,
      preview: (target: TargetToPreview | null) => this.preview(target),
      explains: (name: string) => rows.every((row) => row.isOwn(name)),
      choose: (name: string, pair: boolean) => this.choose(name, pair),
    };
    return makeField(this.facets(), handlers, signal);
  }

  #explainedBy(index: number): string | undefined {
    const wished = previewedName(this.handlers.wished());
    if (wished !== null) return wished;
    const facet = this.facets()[index];
    const s = facet?.tokenAt[this.handlers.shown()] ?? 0;
    return facet?.classes[facet.target[s] ?? -1];
  }
}

/** The class of a target by its name, the first of a contrast; null if it is none by its name. */
export function previewedName(target: Target | null): string | null {
  const [name] = typeof target === "string" ? [] : (target ?? []);
  return typeof name === "string" ? name : null;
}
