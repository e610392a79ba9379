/** Replies with the symbols in the place of an input, as the kernel writes them. */
import { bytes, floats } from "./messages";

export interface SwapsOptions {
  readonly epoch?: number;
  readonly serial?: number;
  readonly position?: number;
  readonly input?: number;
  readonly symbols?: readonly string[];
  readonly numbers?: readonly number[];
  readonly predicted?: readonly number[];
  readonly kind?: string;
  /** One bit for each symbol; else the first three can be typed. */
  readonly typeable?: number;
  readonly plausible?: boolean;
  readonly of?: number;
  readonly error?: number;
  readonly note?: string | null;
}

/** The swaps of one model. */
export function facetSwaps(options: SwapsOptions = {}): Record<string, unknown> {
  const numbers = options.numbers ?? [0.5, 0.25, 0.75, 0.125];
  const symbols = options.symbols ?? Array.from(numbers, (_, n) => "abcdefgh"[n] ?? "?");
  const shares = floats(numbers.map(() => 1 / numbers.length));
  const draws = (expected: number) => ({
    shares,
    expected,
    error: options.error ?? 0,
    words: "all <symbols>",
  });
  return {
    done: 1,
    error: null,
    swaps: {
      output: options.position ?? 4,
      input: options.input ?? 2,
      kind: options.kind ?? "probability",
      target: { name: "learning", p: 0.5, rank: 1, reason: "the word", rival: null },
      symbols: symbols.map((symbol) => `|${symbol}`).join(""),
      numbers: floats(numbers),
      predicted: floats(options.predicted ?? numbers),
      typeable: bytes(Uint8Array.of(options.typeable ?? 0b111)),
      of: options.of ?? numbers.length,
      frequency: draws(0.375),
      plausible: options.plausible === false ? null : draws(0.4375),
      note: options.note ?? null,
    },
  };
}

/** A whole reply; of other facets than the first as given. */
export function swapsMessage(
  options: SwapsOptions = {},
  ...others: readonly Record<string, unknown>[]
): Record<string, unknown> {
  const { epoch = 1, serial = 1, position = 4, input = 2 } = options;
  return { epoch, serial, position, input, facets: [facetSwaps(options), ...others] };
}

export const awaited = { done: 0.25, swaps: null, error: null };
export const failed = (error: string) => ({ done: 1, swaps: null, error });
