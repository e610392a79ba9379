/** Finds where the lines of a text begin, by measuring the places of few characters. */

export interface Lines {
  /** The first character of each line. */
  readonly starts: readonly number[];
  /** The distance of each line from the first; the last entry is where the last line ends. */
  readonly tops: readonly number[];
}

/** `top` measures a character's place; within a line places differ by less than half of `height`. */
export function findLines(length: number, top: (p: number) => number, height: number): Lines {
  const starts: number[] = [];
  const tops: number[] = [];
  const origin = length > 0 ? top(0) : 0;
  let start = 0;
  let guess = 64;
  while (start < length) {
    const own = top(start);
    starts.push(start);
    tops.push(own - origin);
    const below = (p: number) => p >= length || top(p) > own + height / 2;
    let low = start;
    let high = start + guess;
    while (!below(high)) [low, high] = [high, high + guess];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (below(middle)) high = middle;
      else low = middle;
    }
    guess = high - start;
    start = high;
  }
  tops.push((tops.at(-1) ?? 0) + height);
  return { starts, tops };
}

/** The index of the last number, in rising order, that is at most `value`; or 0. */
export function lastAtMost(rising: readonly number[], value: number): number {
  let low = 0;
  let high = rising.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}
