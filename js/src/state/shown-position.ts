/** Decides what the picture shows: always one position, whole or as far as it is read, and never a row under another character's underline. */

import type { Answer, Look, PackedRows, Row, Scene } from "../wire";
import { lookedScene } from "./preview-scene";
import { isSettled, type Outcome, RowStore } from "./row-store";

/** How long the last picture stays before the view moves on to a position whose rows are not here. */
export const PATIENCE = 200;
/** How long the kernel may be quiet, while a row is waited for, before the page says so. */
export const SILENCE = 3000;
/** The same where no kernel is: long enough to unpack the rows that the page has. */
export const UNPACKING = 150;

export interface Frame {
  readonly scene: Scene;
  readonly shown: number;
  readonly pinned: boolean;
  /** A position that is waited for and not shown yet. */
  readonly pending: number | null;
  readonly facets: readonly (Outcome | undefined)[];
  /** Whether nothing in it is waited for. */
  readonly complete: boolean;
  readonly silent: boolean;
  readonly filled: boolean;
  /** The same without what the reader looks at; null where that is nothing. */
  readonly own: Frame | null;
}

/** What the reader looks at, with its rows, which are no others' than its own. */
interface Looked {
  readonly serial: number;
  readonly position: number;
  readonly scene: Scene;
  readonly rows: RowStore;
}

/** Runs `act` after `ms`; the result cancels. */
export type After = (ms: number, act: () => void) => () => void;

export class Stage {
  readonly #rows: RowStore;
  #wanted: number;
  #shown: number;
  #pinned = false;
  #silent = false;
  #looked: Looked | null = null;
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
    this.#wanted = this.#shown = this.#clamp(position);
  }

  want(position: number, pinned: boolean): void {
    const wanted = this.#clamp(position);
    if (wanted === this.#wanted && pinned === this.#pinned) return;
    this.#wanted = wanted;
    this.#pinned = pinned;
    this.settle();
  }

  lacks(position: number): boolean {
    return !this.#rows.hasAll(this.#clamp(position));
  }

  answer(answer: Answer): boolean {
    if (!this.#rows.answer(answer)) return false;
    this.heard();
    this.settle();
    return true;
  }

  pack(rows: PackedRows): void {
    this.#rows.pack(rows);
    this.settle();
  }

  /** Shows what the reader looks at, as far as it is, in place of the scene's own; null: no more. */
  look(look: Look | null): void {
    const before = this.#looked;
    if (look === null) this.#looked = null;
    else if (look.epoch !== this.scene.epoch) return;
    else {
      const { serial, position } = look;
      const again = before?.serial === serial;
      const rows = again ? before.rows : new RowStore(this.scene);
      rows.answer(look);
      const scene = again ? before.scene : lookedScene(this.scene, look);
      this.#looked = { serial, position, scene, rows };
    }
    if (this.#looked !== before) this.changed();
  }

  /** The kernel has said something. */
  heard(): void {
    this.#listening?.();
    this.#listening = null;
    this.#listen();
    if (!this.#silent) return;
    this.#silent = false;
    this.changed();
  }

  /** Brings the picture up to date with what is wanted and known. */
  settle(): void {
    // A picture that has holes already loses nothing by moving on.
    if (this.#rows.canShow(this.#wanted) || !this.#rows.canShow(this.#shown)) {
      this.#shown = this.#wanted;
    }
    if (this.#shown === this.#wanted) {
      this.#movingOn?.();
      this.#movingOn = null;
    } else {
      this.#movingOn ??= this.after(this.alone ? 0 : PATIENCE, () => {
        this.#movingOn = null;
        this.#shown = this.#wanted;
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
      pending: this.#shown === this.#wanted ? null : this.#wanted,
      facets,
      complete: facets.every(isSettled),
      // A kernel that was quiet may still be; a page without one only ever lacks what it lacks.
      silent: this.#silent && !(this.alone && this.#rows.hasAll(this.#wanted)),
      filled: this.#rows.complete,
      own: null,
    };
    const looked = this.#looked;
    if (looked?.position !== this.#shown) return own;
    const rows = outcomes(looked.rows);
    return { ...own, scene: looked.scene, facets: rows, complete: rows.every(isSettled), own };
  }

  /** The whole row of an output, if it is here. */
  row(facet: number, s: number): Row | undefined {
    return this.#rows.row(facet, s);
  }

  /** The share of an output that lies on an input, if its whole row is here. */
  share(facet: number, s: number, t: number): number | undefined {
    return this.#rows.share(facet, s, t);
  }

  close(): void {
    this.#movingOn?.();
    this.#listening?.();
  }

  /** While something is waited for, the kernel must not be quiet for long. */
  #listen(): void {
    if (this.#rows.hasAll(this.#wanted)) return;
    this.#listening ??= this.after(this.alone ? UNPACKING : SILENCE, () => {
      this.#listening = null;
      if (this.#rows.hasAll(this.#wanted)) return;
      this.#silent = true;
      this.changed();
    });
  }

  #clamp(position: number): number {
    return Math.max(0, Math.min(Math.trunc(position) || 0, this.scene.characters.length - 1));
  }
}
