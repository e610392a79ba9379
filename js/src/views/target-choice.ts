/** What the reader does with classes: to look at one, to explain it, or to compare it with the one explained now. */
import type { TargetToPreview } from "../state/preview-request";
import type { Facet, Target } from "../wire";
import type { ClassSearch, ClassSearchRequest } from "./class-search-field";
import type { ClassSearchMaker } from "./explorer-handlers";
import type { Predictions } from "./predictions";

export interface TargetChoiceHandlers {
  /** The reader chooses what is explained: "truth", or one class, or one rather than another. */
  explain(target: string | readonly string[]): void;
  /** The reader looks at another class, or with null away. */
  preview(target: TargetToPreview | null): void;
  /** The reader seeks a class by its name. */
  seek(request: ClassSearchRequest): void;
  /** Whether Shift is held over the widget. */
  comparing(): boolean;
  /** Whether classes can be previewed: an input's influence is of many outputs. */
  canPreview(): boolean;
  shown(): number;
  /** The keyboard leaves the search. */
  leave(): void;
}

export class TargetChoice {
  /** Previews the same again; null: the reader looks at no class. */
  #again: (() => void) | null = null;

  constructor(
    private readonly facets: readonly Facet[],
    private readonly handlers: TargetChoiceHandlers,
  ) {}

  get previewing(): boolean {
    return this.#again !== null;
  }

  /** Shift was pressed or released. */
  previewAgain(): void {
    this.#again?.();
  }

  /** Previews a class, with Shift held it rather than what that facet explains. */
  preview(wished: TargetToPreview | null, facet: Facet | undefined = this.facets[0]): void {
    const { handlers } = this;
    const previews = wished !== null && handlers.canPreview();
    this.#again = previews ? () => this.preview(wished, facet) : null;
    const target = () => {
      const found = wished?.() ?? null;
      const now = facet && this.#explainedBy(facet);
      if (!handlers.comparing() || now === undefined || found?.length !== 1) return found;
      return typeof found[0] === "string" ? ([now, found[0]] as const) : found;
    };
    handlers.preview(previews ? target : null);
  }

  /** Explains a class, or it rather than what that facet explains now. */
  choose(name: string, pair: boolean, facet: Facet | undefined = this.facets[0]): void {
    const now = facet && this.#explainedBy(facet);
    if (!pair) this.handlers.explain([name]);
    else if (now !== undefined && now !== name) this.handlers.explain([now, name]);
  }

  /** A field to find any class; `rows` tell what is explained already. */
  makeSearch(
    makeField: ClassSearchMaker,
    rows: readonly Predictions[],
    signal: AbortSignal,
  ): ClassSearch {
    const { seek, leave, shown } = this.handlers;
    const handlers = {
      seek,
      shown,
      leave,
      preview: (target: TargetToPreview | null) => this.preview(target),
      explains: (name: string) => rows.every((row) => row.isOwn(name)),
      choose: (name: string, pair: boolean) => this.choose(name, pair),
    };
    return makeField(this.facets, handlers, signal);
  }

  #explainedBy(facet: Facet): string | undefined {
    const s = facet.tokenAt[this.handlers.shown()] ?? 0;
    return facet.classes[facet.target[s] ?? -1];
  }
}

/** The one class that is to be previewed by its name, or null. */
export function previewedName(target: Target | null): string | null {
  const [name] = typeof target === "string" ? [] : (target ?? []);
  return typeof name === "string" ? name : null;
}
