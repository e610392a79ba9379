/** Takes the place of a Jupyter host's model on a page: holds the traits and raises their events. */
import type { HostModel, InPageModels } from "./position-sync";

/** The saved traits: `position`, `pinned`, `_scene`, `_answer`, `_rows`, `_status`. */
export type State = Readonly<Record<string, unknown>>;

/** Takes the place of a kernel: called for every change that the page makes. */
export interface KernelStandIn {
  /** Whether it answers for the current scene. */
  readonly answers: boolean;
  /** What it is, in words. */
  readonly inPage?: InPageModels;
  changed(model: PageModel): void;
}

export class PageModel implements HostModel {
  readonly #state: Map<string, unknown>;
  readonly #events = new EventTarget();

  /** Without an answerer the page has only what `state` holds. */
  constructor(
    state: State,
    private readonly answerer: KernelStandIn | null = null,
  ) {
    this.#state = new Map(Object.entries(state));
  }

  get alone(): boolean {
    return this.answerer === null || !this.answerer.answers;
  }

  get inPage(): InPageModels | undefined {
    return this.answerer?.inPage;
  }

  get(name: string): unknown {
    return this.#state.get(name);
  }

  set(name: string, value: unknown): void {
    if (this.#state.get(name) === value) return;
    this.#state.set(name, value);
    this.#events.dispatchEvent(new Event(`change:${name}`));
  }

  on(event: string, act: () => void): void {
    this.#events.addEventListener(event, act);
  }

  save_changes(): void {
    if (this.answerer === null) throw new Error("no kernel behind this page");
    this.answerer.changed(this);
  }
}
