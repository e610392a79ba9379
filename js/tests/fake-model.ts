import type { HostModel } from "../src/hosts/position-sync";

/** A host's model: values, listeners, and what was saved. */
export class FakeModel implements HostModel {
  readonly #values: Map<string, unknown>;
  readonly #listeners = new Map<string, Set<() => void>>();
  /** What each call of save_changes sent. */
  readonly saved: Record<string, unknown>[] = [];
  #unsaved: Record<string, unknown> = {};

  constructor(values: Record<string, unknown>) {
    this.#values = new Map(
      Object.entries({
        position: 0,
        pinned: null,
        _scene: {},
        _answer: {},
        _rows: {},
        _status: {},
        ...values,
      }),
    );
  }

  get(name: string): unknown {
    return this.#values.get(name);
  }

  /** The page sets a trait. */
  set(name: string, value: unknown): void {
    this.#unsaved[name] = value;
    this.#put(name, value);
  }

  save_changes(): void {
    this.saved.push(this.#unsaved);
    this.#unsaved = {};
  }

  on(event: string, act: () => void): void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(act));
  }

  /** The kernel sets traits; all are set before the first event, as Jupyter does. */
  receive(values: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(values)) this.#values.set(name, value);
    for (const name of Object.keys(values)) this.#tell(name);
  }

  /** The same as marimo does it: each is set and told before the next. */
  receiveOneByOne(values: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(values)) this.#put(name, value);
  }

  #put(name: string, value: unknown): void {
    this.#values.set(name, value);
    this.#tell(name);
  }

  #tell(name: string): void {
    for (const act of this.#listeners.get(`change:${name}`) ?? []) act();
  }
}
