/** What of a scene decides which elements its picture has, whatever the text is. */
import type { Scene } from "../wire";

/** Scenes with equal ones can be shown by one picture, one after the other. */
export function shapeOf({ editable, target, facets }: Scene): string {
  const shapes = facets.map(({ name, engine, note, k, unit, truth, oneOutput, measure }) => [
    [name, engine, note, k, unit, truth, oneOutput],
    Object.entries(measure).sort(),
  ]);
  return JSON.stringify([editable, target, shapes]);
}
