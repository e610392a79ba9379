/** A line of a list of places in texts: a button with the place between what stands around it, a number, and what is predicted there. */
import { make, makeButton } from "../core/dom";

export interface PlaceLine {
  readonly button: HTMLButtonElement;
  readonly number: HTMLElement;
}

export interface PlaceWords {
  readonly before: string;
  readonly own: string;
  readonly after: string;
  readonly number: string;
  readonly predicted: string;
  readonly title?: string;
}

export function makePlaceLine({
  before,
  own,
  after,
  number,
  predicted,
  title,
}: PlaceWords): PlaceLine {
  const count = make("span", "place-number", number);
  const button = makeButton("place-line", "", title);
  button.append(
    make(
      "span",
      "place-text",
      make("span", "place-before", make("bdi", "place-run", before)),
      make("strong", "place-own", own),
      make("span", "place-after", after),
    ),
    count,
    make("span", "place-predicted", predicted),
  );
  return { button, number: count };
}
