/** A model with a kernel behind it that reads what is typed, as slowly as the test wants. */
import type { Ask, Asks } from "../src/wire";
import { reply } from "./asks";
import { FakeModel } from "./fake-model";
import { answerMessage, type FacetOptions, floats, sceneMessage, scoresOf } from "./messages";

/** Classes of both models; what is predicted tells how long the text before is. */
export const CLASSES = ["advanced", "learning", "legal", "level"];

/** The best classes at each output, so that one output differs from the next. */
export function topOf(facet: number, s: number): number[] {
  return [0, 1, 2].map((n) => (n + s + facet) % CLASSES.length);
}

export const STRIP = [0.5, 0.25, 0, 0.01, 0.24];

export class FakeKernel extends FakeModel {
  /** What it was asked to read and has not read yet. */
  readonly waiting: Ask<"text">[] = [];
  #seen: Asks = {};
  #epoch = 1;

  constructor(
    text: string,
    private readonly facets: readonly FacetOptions[],
    position = text.length - 1,
    /** Whether it answers at once. */
    public awake = true,
  ) {
    super({ position, _status: { epoch: 1, done: 0, total: 9, state: "idle", message: null } });
    this.receive(this.#read(text, position));
  }

  override save_changes(): void {
    super.save_changes();
    const sent = this.saved.at(-1) ?? {};
    const before = this.#seen;
    this.#seen = (this.get("_ask") ?? {}) as Asks;
    const { text, strips } = this.#seen;
    if (text !== undefined && text !== before.text) this.waiting.push(text);
    const position = Number(this.get("position"));
    if (strips !== before.strips) queueMicrotask(() => this.#strips(position));
    if (sent["position"] !== undefined && this.awake) this.#answer(position);
    if (this.awake) queueMicrotask(() => this.answerAll());
  }

  answerAll(): void {
    while (this.waiting.length > 0) this.answer();
  }

  /** Reads the next text, or refuses what is not a small letter or a space. */
  answer(): void {
    const typed = this.waiting.shift();
    if (typed === undefined) return;
    const unknown = Array.from(typed.text).flatMap((c, p) => (/[a-z ]/.test(c) ? [] : [p]));
    if (typed.text === "" || unknown.length > 0) {
      const refused = typed.text === "" ? "The text is empty." : "GRU does not know that.";
      reply(this, "text", { serial: typed.serial, refused, unknown });
      return;
    }
    this.setText(typed.text, typed.position);
  }

  setText(text: string, position: number): void {
    this.#epoch += 1;
    // As the kernel's order is: where the pointer is, the row, and then the text.
    for (const [name, value] of Object.entries(this.#read(text, position))) {
      this.receive({ [name]: value });
    }
    this.#strips(position);
  }

  #answer(position: number): void {
    const rows = this.facets.map((_, i) => scoresOf(i, position));
    this.receive({ _answer: answerMessage(position, rows, { epoch: this.#epoch }) });
    this.#strips(position);
  }

  #strips(position: number): void {
    if (this.#seen.strips?.wanted !== true) return;
    const facets = this.facets.map((_, i) => ({
      cells: STRIP.length,
      classes: 12,
      p: floats(i === 0 ? STRIP : [...STRIP].reverse()),
      best: "|a|learning|m|s|z",
      best_p: floats(STRIP.map((p) => p / 2)),
    }));
    reply(this, "strips", { epoch: this.#epoch, position, facets });
  }

  #read(text: string, position: number): Record<string, unknown> {
    const { length } = Array.from(text);
    const facets = this.facets.map((facet, i) => ({
      classes: CLASSES,
      top: Array.from({ length }, (_, s) => topOf(i, s)),
      ...facet,
    }));
    const rows = facets.map((_, i) => scoresOf(i, position));
    const epoch = this.#epoch;
    return {
      position,
      pinned: null,
      _answer: answerMessage(position, rows, { epoch }),
      _scene: sceneMessage({ epoch, text, editable: true, facets }),
    };
  }
}
