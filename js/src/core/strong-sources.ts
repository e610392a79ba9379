/** The strong sources of a row: runs of characters where much of it comes from, and words for those out of sight. */
import { grouped } from "./format";

/** The part of a row's largest share from which on a character is a strong source. */
const STRONG = 0.5;

export interface StrongSource {
  readonly start: number;
  readonly end: number;
  /** Its strongest character. */
  readonly peak: number;
}

export interface RowShares {
  readonly shares: Float64Array;
  readonly largest: number;
}

export function strongSources({ shares, largest }: RowShares): StrongSource[] {
  const found: StrongSource[] = [];
  if (!(largest > 0)) return found;
  const size = (p: number) => Math.abs(shares[p] ?? 0);
  for (let start = 0; start < shares.length; start++) {
    if (!(size(start) >= STRONG * largest)) continue;
    let end = start + 1;
    let peak = start;
    for (; size(end) >= STRONG * largest; end++) if (size(end) > size(peak)) peak = end;
    found.push({ start, end, peak });
    start = end;
  }
  return found;
}

/** "3 strong sources 12–412 characters back": how many, and how far from the character shown. */
export function describeSources(
  sources: readonly StrongSource[],
  position: number,
  noun = "source",
): string {
  const many = `${sources.length} strong ${noun}${sources.length === 1 ? "" : "s"}`;
  const ways = sources.map(({ peak }) => peak - position);
  const far = ways.map(Math.abs);
  const [least, most] = [Math.min(...far), Math.max(...far)];
  if (most === 0) return `${many} at the character shown`;
  const range = least === most ? grouped(most) : `${grouped(least)}–${grouped(most)}`;
  const characters = most === 1 ? "character" : "characters";
  if (ways.every((way) => way <= 0)) return `${many} ${range} ${characters} back`;
  if (ways.every((way) => way >= 0)) return `${many} ${range} ${characters} ahead`;
  return `${many} up to ${grouped(most)} ${characters} away`;
}
