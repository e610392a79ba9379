/**
 * Synchronises `position` and `pinned` with the kernel. The pointer sets `position` at once, but the kernel gets one change at
 * a time: while an answer is awaited nothing is sent, and then the newest position is. Hosts differ in whether they
 * throttle and in when they raise events, so this relies on neither.
 */

/** Models in the page, which read typed text. */
export interface InPageModels {
  /** A line about the models, and details. */
  readonly about: string;
  readonly details: string;
  /** Loads them, so that the first text need not wait. */
  start(): void;
}

/** The part of the host's model that is used. */
export interface HostModel {
  /** Whether the page has no kernel, and never will. */
  readonly alone?: boolean;
  /** Models in the page that take the place of the kernel, if there are any. */
  readonly inPage?: InPageModels | undefined;
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes?(): void;
  on(event: string, act: () => void): void;
}

/** Sends what was set; returns whether it could be: a page without a kernel can still draw what it has. */
export function saved(model: HostModel): boolean {
  try {
    model.save_changes?.();
    return true;
  } catch {
    return false;
  }
}

export interface Clock {
  frame(act: () => void): void;
  after(ms: number, act: () => void): () => void;
}

/** How long an answer is awaited before the next position is sent anyway, in milliseconds. */
export const WATCHDOG = 2000;

export interface PositionSyncOptions {
  readonly model: HostModel;
  readonly clock: Clock;
  /** Whether the page lacks rows at a position, so that the kernel will answer. */
  lacks(position: number): boolean;
  /** The host changed the selection. */
  changed(): void;
}

export class PositionSync {
  #position: number;
  #pinned: number | null;
  /** The values of both that the kernel has. */
  #sent: readonly [number, number | null];
  #framed = false;
  #unsent = false;
  #waiting: (() => void) | null = null;
  #awaited = 0;

  constructor(private readonly options: PositionSyncOptions) {
    const { model } = options;
    this.#position = integer(model.get("position")) ?? 0;
    this.#pinned = integer(model.get("pinned"));
    this.#sent = [this.#position, this.#pinned];
    const read = () => this.#read();
    model.on("change:position", read);
    model.on("change:pinned", read);
  }

  get position(): number {
    return this.#position;
  }

  get pinned(): number | null {
    return this.#pinned;
  }

  get shown(): number {
    return this.#pinned ?? this.#position;
  }

  select(position: number): void {
    this.#choose(position, this.#pinned);
  }

  /** Pins a character, which is then also the one selected, or releases with null. */
  pin(position: number | null): void {
    this.#choose(position ?? this.shown, position);
  }

  /** The kernel moves to a position that was requested in another way. */
  adopt(position: number): void {
    this.#position = position;
    this.#pinned = null;
    this.#sent = [position, null];
    this.#unsent = false;
  }

  /** An answer came. If it is the one awaited, the kernel is free for the newest position; parts of earlier rows do not count. */
  answered(position: number): void {
    if (position === this.#awaited) this.#proceed();
  }

  /** Rows came in another way: if the awaited ones are among them, there will be no answer. */
  recheck(): void {
    if (this.#waiting !== null && !this.options.lacks(this.#awaited)) this.#proceed();
  }

  close(): void {
    this.#unsent = false;
    this.#waiting?.();
    this.#waiting = null;
  }

  #proceed(): void {
    this.#waiting?.();
    this.#waiting = null;
    this.#send();
  }

  #choose(position: number, pinned: number | null): void {
    if (position === this.#position && pinned === this.#pinned) return;
    this.#position = position;
    this.#pinned = pinned;
    this.#unsent = true;
    if (this.#framed) return;
    this.#framed = true;
    this.options.clock.frame(() => {
      this.#framed = false;
      this.#write();
      this.#send();
    });
  }

  #write(): void {
    const { model } = this.options;
    if (model.get("position") !== this.#position) model.set("position", this.#position);
    if (model.get("pinned") !== this.#pinned) model.set("pinned", this.#pinned);
  }

  #send(): void {
    if (!this.#unsent || this.#framed || this.#waiting !== null) return;
    this.#write();
    this.#unsent = false;
    if (!saved(this.options.model)) return;
    const [position, pinned] = this.#sent;
    this.#sent = [this.#position, this.#pinned];
    // The kernel does not answer a value that it has already, of a pointer that was back within a frame.
    if (position === this.#position && pinned === this.#pinned) return;
    if (!this.options.lacks(this.shown)) return;
    this.#awaited = this.shown;
    this.#waiting = this.options.clock.after(WATCHDOG, () => this.#proceed());
  }

  #read(): void {
    // A selection that was not sent yet is newer than any echo.
    if (this.#unsent) return;
    const { model } = this.options;
    const position = integer(model.get("position")) ?? this.#position;
    const pinned = integer(model.get("pinned"));
    if (position === this.#position && pinned === this.#pinned) return;
    this.#position = position;
    this.#pinned = pinned;
    this.#sent = [position, pinned];
    this.options.changed();
  }
}

function integer(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}
