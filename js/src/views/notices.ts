/** Notices below the picture: how far the rows are, what went wrong, the result of freezing. */
import { listen, make, makeButton, mark, setVariable, write } from "../core/dom";
import type { Status } from "../wire";

export const NO_ANSWER = "No answer from the kernel: it is busy, gone or was never started.";
const SILENT = `${NO_ANSWER} What the page has can still be hovered; for the rest run the cell again.`;
const UNSAVED =
  "This character's rows were not saved with the page. " +
  "To see them, run the notebook that made it.";

export class Notices {
  readonly #progress = make("div", "progress");
  readonly #notice = make("div", "notice");
  readonly #trouble = make("div", "notice");
  readonly #sharing = make("div", "notice");
  readonly elements = [this.#progress, this.#notice, this.#trouble, this.#sharing] as const;
  /** The button among the controls, if outputs can be frozen. */
  readonly freeze = makeButton(
    "button freeze",
    "",
    "Put a copy that is saved with the notebook and needs no kernel in place of this output",
  );

  /** `alone`: the page has no kernel. */
  constructor(
    private readonly alone: boolean,
    freeze: () => void,
    signal: AbortSignal,
  ) {
    for (const el of [this.#notice, this.#sharing]) mark(el, "role", "status");
    listen(this.freeze, "click", freeze, signal);
    this.showFreeze("");
  }

  /** What is shown in place of a number that will not arrive. */
  get unanswered(): string {
    return this.alone ? "not saved" : "no answer";
  }

  /** `silent`: the kernel does not answer; else other words, or "". */
  show(silent: boolean, words: string): void {
    this.#progress.hidden = silent;
    const silence = this.alone ? UNSAVED : SILENT;
    write(this.#notice, silent ? silence : words);
  }

  showStatus(status: Status | null): void {
    const filling = status?.state === "filling" && status.total > 0;
    const part = filling ? status.done / status.total : 0;
    const rows = filling ? `reading rows ${Math.floor(100 * part)} %` : "";
    const ended = status?.state === "stopped" ? "Reading stopped." : "";
    const words = status?.message ?? (rows || ended);
    write(this.#progress, words);
    // Words of a bar are read out where a reader goes to it, and numbers that change are not.
    mark(this.#progress, "role", filling ? "progressbar" : null);
    mark(this.#progress, "aria-valuenow", filling ? String(Math.floor(100 * part)) : null);
    mark(this.#progress, "aria-label", filling ? words.replace(/ \d+ %$/, "") : null);
    setVariable(this.#progress, "p", part);
    mark(this.#progress, "data-state", status?.state ?? null);
  }

  /** Whether this output can be frozen: "" no, "ready", "asked", or what went wrong, in words. */
  showFreeze(state: string): void {
    this.freeze.hidden = state === "";
    this.freeze.disabled = state === "asked";
    write(this.freeze, state === "asked" ? "freezing…" : "freeze for sharing");
    write(this.#sharing, state === "asked" || state === "ready" ? "" : state);
  }

  showTrouble(words: string): void {
    write(this.#trouble, words);
  }
}
