/** What an output is with other symbols in the place of an input: in order, on an axis, and held against the gradient. */
import { amount, percent, quantity } from "../core/format";
import type { InputSwaps } from "../wire";

/** One symbol in the place of the input. */
export interface Swap {
  /** Its index in the message; 0 is the symbol that stands there. */
  readonly index: number;
  readonly symbol: string;
  readonly number: number;
  /** NaN: the gradient predicts nothing. */
  readonly predicted: number;
}

/** The other symbols, the highest number first. */
export function inOrder({ symbols, numbers, predicted }: InputSwaps): readonly Swap[] {
  return symbols
    .map((symbol, index) => ({
      index,
      symbol,
      number: numbers[index] ?? Number.NaN,
      predicted: predicted[index] ?? Number.NaN,
    }))
    .slice(1)
    .sort((a, b) => b.number - a.number);
}

/** Whether the text with a symbol in this place is read with it there. */
export function isTypeable({ typeable }: InputSwaps, index: number): boolean {
  const byte = index >> 3;
  return byte < typeable.byteLength && ((typeable.getUint8(byte) >> (index & 7)) & 1) === 1;
}

/** Whether the gradient predicts that the number rises where it falls, or the reverse. */
export function isWrongWay({ numbers }: InputSwaps, { number, predicted }: Swap): boolean {
  const own = numbers[0] ?? Number.NaN;
  return (number - own) * (predicted - own) < 0;
}

/** How many symbols move the number, and of how many of them the gradient has the direction; null: it predicts nothing. */
export function directions(
  found: InputSwaps,
): { readonly right: number; readonly of: number } | null {
  const own = found.numbers[0] ?? Number.NaN;
  const moving = inOrder(found).filter(({ number }) => number !== own);
  if (moving.length === 0 || moving.some(({ predicted }) => Number.isNaN(predicted))) return null;
  return { right: moving.filter((one) => !isWrongWay(found, one)).length, of: moving.length };
}

/** A number in words, with the unit of a model that gives one. */
export function numberWords(kind: InputSwaps["kind"], value: number, unit: string | null): string {
  if (kind === "probability") return percent(value);
  if (kind === "number") return amount(value, unit ?? "");
  return `${value > 0 ? "+" : ""}${quantity(Number(value.toPrecision(3)))}`;
}

/** How far an expected number is from the number as it is: "−9.5 points". */
export function changeWords(kind: InputSwaps["kind"], change: number, unit: string | null): string {
  const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
  const size = Math.abs(change);
  if (kind === "probability") return `${sign}${(100 * size).toFixed(1)} points`;
  const rounded = Number(size.toPrecision(3));
  return sign + (kind === "number" ? amount(rounded, unit ?? "") : quantity(rounded));
}

/** Maps numbers to places from 0 to 1. */
export interface SwapAxis {
  at(value: number): number;
  readonly ticks: readonly { readonly at: number; readonly words: string }[];
}

/** Probabilities nearer to 0 or 1 than this stand at the end of their axis. */
const NEAREST = 1e-4;
const PROBABILITIES = [1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1 - 1e-4];
/** What an axis of probabilities has at least. */
const LEAST = [0.01, 0.5];

/**
 * The axis of all that is known of a place. Probabilities stand by their log-odds, on which the gradient is a straight
 * line, and which tell 1 % from 0.1 %.
 */
export function axisOf(found: InputSwaps): SwapAxis {
  const { kind, numbers, predicted, frequency, plausible } = found;
  const expected = [frequency.expected, plausible?.expected ?? Number.NaN];
  const known = [...numbers, ...predicted, ...expected].filter(Number.isFinite);
  return kind === "probability" ? axisOfOdds([...known, ...LEAST]) : linearAxis(known);
}

function axisOfOdds(known: readonly number[]): SwapAxis {
  const odds = (p: number) => {
    const near = Math.min(1 - NEAREST, Math.max(NEAREST, p));
    return Math.log(near / (1 - near));
  };
  const place = stretched(known.map(odds));
  const ticks = PROBABILITIES.map((p) => ({ at: place(odds(p)), words: tickWords(p) }));
  return { at: (p) => within(place(odds(p))), ticks: ticks.filter(isInside) };
}

function tickWords(p: number): string {
  const words = `${Number((100 * p).toPrecision(4))} %`;
  if (p === NEAREST) return `≤ ${words}`;
  return p === 1 - NEAREST ? `≥ ${words}` : words;
}

function linearAxis(known: readonly number[]): SwapAxis {
  const place = stretched(known);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const step = niceStep((high - low || 1) / 4);
  const first = Math.ceil(low / step);
  const ticks = Array.from({ length: 9 }, (_, n) => (first + n) * step).map((value) => ({
    at: place(value),
    words: quantity(Number(value.toPrecision(6))),
  }));
  return { at: (value) => within(place(value)), ticks: ticks.filter(isInside) };
}

const within = (place: number) => Math.min(1, Math.max(0, place));
const isInside = ({ at }: { at: number }) => at >= 0 && at <= 1;

/** From the least to the greatest of some numbers, and a little on both sides. */
function stretched(known: readonly number[]): (value: number) => number {
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const room = 0.04 * (high - low) || 0.5;
  const from = low - room;
  const range = high - low + 2 * room;
  return (value) => (value - from) / range;
}

/** 1, 2 or 5 times a power of ten, at least as large. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((n) => n * power >= least) ?? 10);
}
