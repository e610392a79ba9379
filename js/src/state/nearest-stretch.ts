/** Which of several stretches along a line lies at a place, or nearest to it. */

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The index of the stretch that has the place in it, or is nearest to it; of several the first. */
export function nearestStretch(stretches: readonly Stretch[], place: number): number {
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, { start, end }] of stretches.entries()) {
    const distance = Math.max(start - place, place - end, 0);
    if (distance < least) [nearest, least] = [index, distance];
  }
  return nearest;
}
