/** Scenes and rows of checkpoints that the page has, unpacked: shown at once, and on one scale where the reader wants it. */

import type { Fields } from "../wire/fields";
import { decodeRows, type PackedRows } from "../wire/rows";
import { decodeScene, type Scene } from "../wire/scene";
import { type DrawOptions, makeHeat } from "./heat";

/** The most bytes of unpacked rows; beyond it those used longest ago are dropped. */
export const MOST_BYTES = 32_000_000;

interface UnpackedCheckpoint {
  /** The message that the rows came in. */
  readonly message: unknown;
  readonly scene: Scene;
  readonly rows: PackedRows;
}

export class CheckpointRows {
  /** By epoch, those used last at the end. */
  readonly #unpacked = new Map<number, UnpackedCheckpoint>();
  /** Messages that can't be unpacked, or were and are dropped again. */
  readonly #tried = new WeakSet<object>();
  /** What full colour stands for at one character, by how it is drawn; new with any rows. */
  readonly #full = new Map<string, number>();

  /** The rows of a message, if they were unpacked. */
  of(message: unknown): PackedRows | undefined {
    for (const [epoch, one] of this.#unpacked) {
      if (one.message !== message) continue;
      this.#unpacked.delete(epoch);
      this.#unpacked.set(epoch, one);
      return one.rows;
    }
    return undefined;
  }

  keep(message: object, scene: Scene, rows: PackedRows): void {
    this.#tried.add(message);
    this.#full.clear();
    this.#unpacked.delete(scene.epoch);
    this.#unpacked.set(scene.epoch, { message, scene, rows });
    let bytes = 0;
    for (const one of [...this.#unpacked.values()].reverse()) {
      bytes += one.rows.facets.reduce((sum, facet) => sum + facet.bytes, 0);
      if (bytes > MOST_BYTES && one.scene !== scene) this.#unpacked.delete(one.scene.epoch);
    }
  }

  /** Unpacks what is not unpacked yet; resolves to whether there was any. */
  async unpack(kept: readonly Fields[]): Promise<boolean> {
    let found = false;
    for (const { _scene, _rows } of kept) {
      if (typeof _rows !== "object" || _rows === null || this.#tried.has(_rows)) continue;
      this.#tried.add(_rows);
      try {
        const scene = decodeScene(_scene);
        if (scene === null) continue;
        this.keep(_rows, scene, await decodeRows(_rows, scene));
        found = true;
      } catch {
        // What is damaged is said when it is shown.
      }
    }
    return found;
  }

  /** Drops what is of none of these epochs. */
  keepOnly(epochs: ReadonlySet<number>): void {
    for (const epoch of this.#unpacked.keys()) {
      if (epochs.has(epoch)) continue;
      this.#unpacked.delete(epoch);
      this.#full.clear();
    }
  }

  /** What full colour stands for at a character: the most that it does at any of these checkpoints; 0: nothing is known. */
  fullColour(shown: number, options: DrawOptions): number {
    const { scale, sharpness, squared, words } = options;
    const key = [shown, scale, sharpness, squared, words !== null].join();
    const known = this.#full.get(key);
    if (known !== undefined) return known;
    let most = 0;
    for (const { scene, rows } of this.#unpacked.values()) {
      const { facets, characters } = scene;
      const outcomes = facets.map(({ tokenAt }, i) => rows.facets[i]?.row(tokenAt[shown] ?? 0));
      const heat = makeHeat(facets, outcomes, characters.length, options);
      const some = heat.facets.some((one) => one !== null && one.largest > 0);
      if (some) most = Math.max(most, heat.scaling?.full ?? 0);
    }
    this.#full.set(key, most);
    return most;
  }
}
