/** A module of the page: an instrument that few readers open, whose code comes when it is first opened. */

export interface PageModule<Make> {
  /** Makes the instrument. */
  readonly make: Make;
  /** Its style sheet, which stands beside it. */
  readonly style: string;
}

/** How a part of the page gets one module. */
export interface ModuleRequest<Make> {
  /** The module, where it is here; null: it must be sent. */
  here(): PageModule<Make> | null;
  /** The reader opens the instrument: `use` is called once its code is here, `failed` with why it is not, as often as that changes. */
  open(use: (module: PageModule<Make>) => void, failed: (words: string) => void): void;
  /** The reader closes it. */
  close(): void;
}

/** A module's style sheet as an element. It stands beside the instrument, as hosts may show the page in a shadow root. */
export function styleOf({ style }: PageModule<unknown>): HTMLStyleElement {
  const el = document.createElement("style");
  el.textContent = style;
  return el;
}
