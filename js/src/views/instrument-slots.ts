/** The instruments of one picture: their buttons, their keys, and where they stand while they are open. */
import type { AskKind, Scene } from "../wire";
import type { Fields } from "../wire/fields";
import type { Drawing } from "./drawing";
import type { OpenParts } from "./fold";
import { InstrumentSlot } from "./instrument-slot";
import type { InstrumentHost, OfferedInstrument } from "./instruments";

export class InstrumentSlots {
  readonly #slots: readonly InstrumentSlot[];

  constructor(
    offered: readonly OfferedInstrument[],
    host: Omit<InstrumentHost, "places" | "ask">,
    opened: OpenParts,
    signal: AbortSignal,
  ) {
    this.#slots = offered.map((one) => new InstrumentSlot(one, host, opened, signal));
  }

  get buttons(): readonly HTMLElement[] {
    return this.#slots.map(({ button }) => button);
  }

  /** What they say once for all models. */
  get elements(): readonly HTMLElement[] {
    return this.#slots.map(({ el }) => el);
  }

  /** Their elements under the text of a facet. */
  placesOf(facet: number): readonly HTMLElement[] {
    return this.#slots.flatMap(({ places }) => places[facet] ?? []);
  }

  /** Their keys, and what these do. */
  get keys(): readonly (readonly [string, string])[] {
    return this.#slots.map(({ offered: { key, title } }) => [key, title]);
  }

  /** Opens or closes the instrument of a key; returns whether there is one. */
  press(key: string): boolean {
    const slot = this.#slots.find(({ offered }) => offered.key === key.toUpperCase());
    slot?.toggle();
    return slot !== undefined;
  }

  /** Opens those that the picture before this one had open. */
  restore(): void {
    for (const slot of this.#slots) slot.restore();
  }

  /** Others are open now. */
  reopen(): void {
    for (const slot of this.#slots) slot.reopen();
  }

  /** Another scene is shown: those that are open are made anew for it. */
  setScene(scene: Scene): void {
    for (const slot of this.#slots) slot.setScene(scene);
  }

  show(drawing: Drawing): void {
    for (const slot of this.#slots) slot.show(drawing);
  }

  /** The reader points at a character while another one is pinned; null: no longer. */
  point(position: number | null): void {
    for (const slot of this.#slots) slot.point(position);
  }

  /** Gives a reply, or the words of a refusal, to the instrument that asked; returns whether one did. */
  read(kind: AskKind, reply: Fields | string): boolean {
    return this.#slots.some((slot) => slot.read(kind, reply));
  }
}
