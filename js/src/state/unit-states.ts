/** The states of one layer's units on the text, as far as the page has them. */
import { type LayerWindow, NOT_FINITE } from "../wire/states";
import { layerWords } from "./unit-layer-words";

/** The steps of a block; blocks are kept or dropped as a whole. */
const BLOCK = 256;
/** The most bytes of states that are kept of one layer. */
const MOST_BYTES = 96e6;

export interface UnitValue {
  /** The unit, as an index into those that are here. */
  readonly unit: number;
  readonly value: number;
}

export class UnitStates {
  /** The facts that came with the newest window. */
  #facts: LayerWindow;
  readonly units: number;
  readonly #blocks = new Map<number, Int16Array>();
  readonly #known: Uint8Array;
  readonly #curves = new Map<number, Int16Array>();

  constructor(
    first: LayerWindow,
    readonly steps: number,
    private readonly mostBytes = MOST_BYTES,
  ) {
    this.#facts = first;
    this.units = first.quantum.length;
    this.#known = new Uint8Array(steps);
    this.add(first);
  }

  get facts(): LayerWindow {
    return this.#facts;
  }

  /** The name of the layer, and of what of it. */
  get name(): string {
    return this.#facts.layers[this.#facts.layer] ?? "";
  }

  /** The same in words. */
  get words(): string {
    return layerWords(this.name, this.#facts.layers);
  }

  /** Whether a window is of the same layer. */
  fits(window: LayerWindow): boolean {
    return window.layers[window.layer] === this.name && window.quantum.length === this.units;
  }

  add(window: LayerWindow): void {
    this.#facts = window;
    const { units } = this;
    const { start, values, curve, curveOf } = window;
    for (let n = 0; units > 0 && n < values.length / units; n++) {
      const step = start + n;
      const block = this.#block(Math.floor(step / BLOCK));
      block.set(values.subarray(n * units, (n + 1) * units), (step % BLOCK) * units);
      this.#known[step] = 1;
    }
    if (curve !== null && curveOf !== null) this.#curves.set(curveOf, curve);
    this.#dropFarFrom(Math.floor(start / BLOCK));
  }

  has(step: number): boolean {
    return this.#known[step] === 1;
  }

  /** Whether a unit's states are here at all steps. */
  hasCurve(unit: number): boolean {
    return this.#curves.has(unit) || !this.#known.includes(0);
  }

  /** The states at a step, as multiples of each unit's quantum; null: not here. */
  at(step: number): Int16Array | null {
    if (this.#known[step] !== 1) return null;
    const block = this.#blocks.get(Math.floor(step / BLOCK));
    const from = (step % BLOCK) * this.units;
    return block?.subarray(from, from + this.units) ?? null;
  }

  /** A state, as a multiple of its quantum; null: not here. */
  multiple(step: number, unit: number): number | null {
    if (this.#known[step] !== 1) return this.#curves.get(unit)?.[step] ?? null;
    return this.#blocks.get(Math.floor(step / BLOCK))?.[(step % BLOCK) * this.units + unit] ?? null;
  }

  /** A state; null: not here; NaN: not finite. */
  value(step: number, unit: number): number | null {
    const multiple = this.multiple(step, unit);
    if (multiple === null) return null;
    return multiple === NOT_FINITE ? Number.NaN : multiple * (this.#facts.quantum[unit] ?? 0);
  }

  /** A number for the state of a unit at each of some steps, made of its multiple; `missing`: where it is not here. */
  curve(
    unit: number,
    steps: Int32Array,
    missing: number,
    made: (multiple: number) => number,
  ): Int8Array {
    const curve = this.#curves.get(unit);
    const found = new Int8Array(steps.length);
    let [at, block]: [number, Int16Array | undefined] = [-1, undefined];
    for (let n = 0; n < steps.length; n++) {
      const step = steps[n] ?? 0;
      let multiple = curve?.[step];
      if (multiple === undefined && this.#known[step] === 1) {
        const b = Math.floor(step / BLOCK);
        if (b !== at) [at, block] = [b, this.#blocks.get(b)];
        multiple = block?.[(step % BLOCK) * this.units + unit];
      }
      found[n] = multiple === undefined ? missing : made(multiple);
    }
    return found;
  }

  /** The number of decimal places that are known of a unit's states; negative: whole tens, hundreds. */
  places(unit: number): number {
    return -Math.round(Math.log10(this.#facts.quantum[unit] ?? 1));
  }

  /** The largest magnitude of a unit's states. */
  peak(unit: number): number {
    const { low, high } = this.#facts;
    return Math.max(Math.abs(low[unit] ?? 0), Math.abs(high[unit] ?? 0)) || 0;
  }

  /** The units whose states are the largest at a step, of either sign; null: not here. */
  strongest(step: number, most: number): readonly UnitValue[] | null {
    const states = this.at(step);
    if (states === null) return null;
    const { quantum } = this.#facts;
    const found: UnitValue[] = [];
    for (let unit = 0; unit < states.length; unit++) {
      const multiple = states[unit] ?? NOT_FINITE;
      if (multiple === NOT_FINITE) continue;
      const value = multiple * (quantum[unit] ?? 0);
      const least = found.length < most ? -1 : Math.abs(found[most - 1]?.value ?? 0);
      if (Math.abs(value) <= least) continue;
      let at = found.length;
      while (at > 0 && Math.abs(found[at - 1]?.value ?? 0) < Math.abs(value)) at -= 1;
      found.splice(at, 0, { unit, value });
      found.length = Math.min(found.length, most);
    }
    return found;
  }

  #block(b: number): Int16Array {
    let block = this.#blocks.get(b);
    if (block === undefined) {
      block = new Int16Array(BLOCK * this.units);
      this.#blocks.set(b, block);
    }
    return block;
  }

  #dropFarFrom(near: number): void {
    while (this.#blocks.size > 1 && this.#blocks.size * BLOCK * this.units * 2 > this.mostBytes) {
      const far = (b: number) => Math.abs(b - near);
      const farthest = [...this.#blocks.keys()].reduce((a, b) => (far(b) > far(a) ? b : a));
      this.#blocks.delete(farthest);
      this.#known.fill(0, farthest * BLOCK, (farthest + 1) * BLOCK);
    }
  }
}
