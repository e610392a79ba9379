/** The route of a memory in words: what is left of a link without a unit, and shares of weak links. */
import * as wording from "../../../rnnviz_widget/picture/wording.json";
import { fill } from "../core/fill";
import { percent, quantity } from "../core/format";
import type { MemoryRoute } from "../wire/generated";
import { placeWords, signedPercent } from "./unit-words";

/** Whether a single unit carries more than there is in the end: what units carry cancels out, so that shares say little. */
export function isWeak({ strongest }: MemoryRoute): boolean {
  return strongest.some(({ share }) => Math.abs(share) > 1);
}

/** What one unit carries: its share, or of a weak link the amount. */
export function carriedWords(route: MemoryRoute, share: number): string {
  return isWeak(route) ? quantity(share * route.connectivity) : signedPercent(share);
}

/** What becomes of the link, and of the prediction, without the unit that carries most. */
export function checkWords(
  characters: readonly string[],
  { input, output, strongest, check }: MemoryRoute,
  layer: (name: string) => string,
): string {
  const [start = "", end = ""] = [input, output].map((p) => placeWords(characters, p));
  const [unit] = strongest;
  if (check === null || unit === undefined) return fill(wording.route_nothing, { start, end });
  const { before, after, probabilityBefore, probabilityAfter } = check;
  return fill(wording.route_check, {
    ...{ start, end, unit: unit.unit, layer: layer(unit.layer) },
    ...{ before: quantity(before), after: quantity(after), change: changeWords(before, after) },
    target_before: quantity(probabilityBefore),
    target_after: quantity(probabilityAfter),
  });
}

/** What a river shows, with how far the sum over all units is from the connectivity. */
export function routeWords(characters: readonly string[], route: MemoryRoute): string {
  const [start = "", end = ""] = [route.input, route.output].map((p) => placeWords(characters, p));
  const apart = quantity(Number(route.apart.toPrecision(1)));
  const connectivity = quantity(route.connectivity);
  const words = fill(wording.route_of, { start, end, connectivity, apart });
  return isWeak(route) ? `${words} ${wording.route_weak}` : words;
}

function changeWords(before: number, after: number): string {
  if (before === after) return wording.link_same;
  const left = before === 0 ? Number.POSITIVE_INFINITY : after / before;
  if (left > 1) return wording.link_grew;
  if (left < 0) return wording.link_turned;
  return fill(wording.link_gone, { share: percent(1 - left) });
}
