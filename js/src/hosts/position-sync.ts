/**
 * The page's side of the traits. What the reader points at goes into `position` at once, and to the kernel one change at
 * a time: while an answer is awaited nothing is sent, and what is newest then goes next. Hosts differ in whether they
 * throttle and in when they raise events, so nothing here relies on either.
 */

/** Models in the page, which read what is typed. */
export interface InPageModels {
  /** Who reads, in words, and more of it. */
  readonly about: string;
  readonly details: string;
  /** Makes them ready, so that the first text need not wait for them. */
  start(): void;
}

/** What is used of the host's model. */
export interface HostModel {
  /** True where no kernel is behind the page nor ever will be. */
  readonly alone?: boolean;
  /** Where models in the page stand in for the kernel. */
  readonly inPage?: InPageModels | undefined;
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes?(): void;
  on(event: string, act: () => void): void;
}

export interface Clock {
  frame(act: () => void): void;
  after(ms: number, act: () => void): () => void;
}

/** How long an answer is awaited before the next position is sent all the same. */
export const WATCHDOG = 2000;

export interface PositionSyncOptions {
  readonly model: HostModel;
  readonly clock: Clock;
  /** True where the page lacks rows of a position, so that the kernel will answer. */
  lacks(position: number): boolean;
  /** The host changed what is selected. */
  changed(): void;
}

export class PositionSync {
  #position: number;
  #pinned: number | null;
  /** What the kernel knows of both. */
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

  /** The kernel goes to a position that it was asked for another way. */
  adopt(position: number): void {
    this.#position = position;
    this.#pinned = null;
    this.#sent = [position, null];
    this.#unsent = false;
  }

  /** An answer came: the one awaited tells that the kernel is free for what is newest, the rest of an earlier row does not. */
  answered(position: number): void {
    if (position === this.#awaited) this.#proceed();
  }

  /** Rows came another way: what was awaited may be among them, and then nothing will answer. */
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
    try {
      this.options.model.save_changes?.();
    } catch {
      return; // No kernel behind this page: what is here can still be shown.
    }
    const [position, pinned] = this.#sent;
    this.#sent = [this.#position, this.#pinned];
    // Nothing answers what the kernel knows already: a pointer that was back within a frame.
    if (position === this.#position && pinned === this.#pinned) return;
    if (!this.options.lacks(this.shown)) return;
    this.#awaited = this.shown;
    this.#waiting = this.options.clock.after(WATCHDOG, () => this.#proceed());
  }

  #read(): void {
    // What the reader chose and the kernel has not been told is newer than any echo.
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
