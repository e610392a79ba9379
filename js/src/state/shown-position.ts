/** Decides which position the picture shows, so that every row belongs to the character that is underlined. */

import type { Answer, PackedRows, Preview, Row, Scene } from "../wire";
import { previewScene } from "./preview-scene";
import { isSettled, type Outcome, RowStore } from "./row-store";

/** How long the last picture stays before the view moves on to a position whose rows are missing, in milliseconds. */
export const MOVE_ON_AFTER = 200;
/** How long the page waits for a row before it says that the kernel does not answer. */
export const SILENCE = 3000;
/** The same without a kernel: long enough to unpack the rows that the page has. */
export const UNPACKING = 150;

export interface Frame {
  readonly scene: Scene;
  readonly shown: number;
  readonly pinned: boolean;
  /** A position whose rows are awaited, and which is not shown yet. */
  readonly pending: number | null;
  readonly facets: readonly (Outcome | undefined)[];
  /** Whether all of its rows are there. */
  readonly complete: boolean;
  readonly silent: boolean;
  readonly filled: boolean;
  /** The same without the preview; null if there is none. */
  readonly withoutPreview: Frame | null;
}

/** The preview, with its own rows. */
interface ShownPreview {
  readonly serial: number;
  readonly position: number;
  readonly scene: Scene;
  readonly rows: RowStore;
}

/** Runs `act` after `ms`; the result cancels. */
export type After = (ms: number, act: () => void) => () => void;

export class ShownPosition {
  readonly #rows: RowStore;
  #selected: number;
  #shown: number;
  #pinned = false;
  #silent = false;
  #preview: ShownPreview | null = null;
  #movingOn: (() => void) | null = null;
  #listening: (() => void) | null = null;

  constructor(
    readonly scene: Scene,
    position: number,
    private readonly after: After,
    private readonly changed: () => void,
    private readonly alone = false,
  ) {
    this.#rows = new RowStore(scene);
    this.#selected = this.#shown = this.#clamp(position);
  }

  select(position: number, pinned: boolean): void {
    const wanted = this.#clamp(position);
    if (wanted === this.#selected && pinned === this.#pinned) return;
    this.#selected = wanted;
    this.#pinned = pinned;
    this.settle();
  }

  lacks(position: number): boolean {
    return !this.#rows.hasAll(this.#clamp(position));
  }

  answer(answer: Answer): boolean {
    if (!this.#rows.answer(answer)) return false;
    this.kernelReplied();
    this.settle();
    return true;
  }

  pack(rows: PackedRows): void {
    this.#rows.pack(rows);
    this.settle();
  }

  /** Shows a preview, as much of it as there is, in place of the scene; null: ends it. */
  showPreview(preview: Preview | null): void {
    const before = this.#preview;
    if (preview === null) this.#preview = null;
    else if (preview.epoch !== this.scene.epoch) return;
    else {
      const { serial, position } = preview;
      const again = before?.serial === serial;
      const rows = again ? before.rows : new RowStore(this.scene);
      rows.answer(preview);
      const scene = again ? before.scene : previewScene(this.scene, preview);
      this.#preview = { serial, position, scene, rows };
    }
    if (this.#preview !== before) this.changed();
  }

  /** The kernel has sent something. */
  kernelReplied(): void {
    this.#listening?.();
    this.#listening = null;
    this.#listen();
    if (!this.#silent) return;
    this.#silent = false;
    this.changed();
  }

  /** Updates the picture to the position wanted and the rows known. */
  settle(): void {
    // An incomplete picture loses nothing by moving on.
    if (this.#rows.canShow(this.#selected) || !this.#rows.canShow(this.#shown)) {
      this.#shown = this.#selected;
    }
    if (this.#shown === this.#selected) {
      this.#movingOn?.();
      this.#movingOn = null;
    } else {
      this.#movingOn ??= this.after(this.alone ? 0 : MOVE_ON_AFTER, () => {
        this.#movingOn = null;
        this.#shown = this.#selected;
        this.changed();
      });
    }
    this.#listen();
    this.changed();
  }

  /** Whether every facet has something to show. */
  get canShow(): boolean {
    return this.#rows.canShow(this.#shown);
  }

  frame(): Frame {
    const outcomes = (rows: RowStore) => this.scene.facets.map((_, i) => rows.at(i, this.#shown));
    const facets = outcomes(this.#rows);
    const own: Frame = {
      scene: this.scene,
      shown: this.#shown,
      pinned: this.#pinned,
      pending: this.#shown === this.#selected ? null : this.#selected,
      facets,
      complete: facets.every(isSettled),
      // A silent kernel may still answer; a page without one will never have more rows.
      silent: this.#silent && !(this.alone && this.#rows.hasAll(this.#selected)),
      filled: this.#rows.complete,
      withoutPreview: null,
    };
    const preview = this.#preview;
    if (preview?.position !== this.#shown) return own;
    const rows = outcomes(preview.rows);
    return {
      ...own,
      scene: preview.scene,
      facets: rows,
      complete: rows.every(isSettled),
      withoutPreview: own,
    };
  }

  /** The complete row of an output, if the page has it. */
  row(facet: number, s: number): Row | undefined {
    return this.#rows.row(facet, s);
  }

  /** The share of an output's row on an input, if the page has the complete row. */
  share(facet: number, s: number, t: number): number | undefined {
    return this.#rows.share(facet, s, t);
  }

  close(): void {
    this.#movingOn?.();
    this.#listening?.();
  }

  /** Watches for a silent kernel while rows are awaited. */
  #listen(): void {
    if (this.#rows.hasAll(this.#selected)) return;
    this.#listening ??= this.after(this.alone ? UNPACKING : SILENCE, () => {
      this.#listening = null;
      if (this.#rows.hasAll(this.#selected)) return;
      this.#silent = true;
      this.changed();
    });
  }

  #clamp(position: number): number {
    return Math.max(0, Math.min(Math.trunc(position) || 0, this.scene.characters.length - 1));
  }
}
