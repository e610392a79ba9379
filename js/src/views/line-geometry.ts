/** The places of characters in the browser's layout. */

/** The character on the line above (-1) or below (1) that is nearest horizontally. */
export function nextLine(
  spans: readonly HTMLElement[],
  position: number,
  direction: -1 | 1,
): number {
  const from = spans[position]?.getBoundingClientRect();
  if (from === undefined || from.width + from.height === 0) return position;
  let best = position;
  let line: number | null = null;
  let nearest = Number.POSITIVE_INFINITY;
  for (let p = position + direction; p >= 0 && p < spans.length; p += direction) {
    const rect = spans[p]?.getBoundingClientRect();
    if (rect === undefined || Math.abs(rect.top - from.top) < from.height / 2) continue;
    line ??= rect.top;
    if (Math.abs(rect.top - line) > from.height / 2) break;
    const distance = Math.abs(rect.left - from.left);
    if (distance < nearest) [nearest, best] = [distance, p];
  }
  return best;
}

/** Whether the text runs from right to left at a character. */
export function runsLeft(spans: readonly HTMLElement[], position: number): boolean {
  const at = (p: number) => spans[p]?.getBoundingClientRect();
  const own = at(position);
  for (const step of [1, -1]) {
    const other = at(position + step);
    if (own === undefined || other === undefined || other.width === 0) continue;
    if (Math.abs(other.top - own.top) > own.height / 2) continue;
    return (other.left - own.left) * step < 0;
  }
  return false;
}
