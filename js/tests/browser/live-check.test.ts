/** Models in the page check what is typed there. */
import { expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { point } from "./helpers";
import { expected, expectPicture, page, SAVED, WAYS } from "./live-page";

it.each(Object.entries(WAYS).slice(0, 2))("is checked %s", async (_, script) => {
  const shown = await page({ script });
  await shown.shown(SAVED, 4);
  await userEvent.fill(shown.field, "bb acab bca");
  await shown.shown("bb acab bca", 10);
  shown.span(3).closest<HTMLElement>("[role=application]")!.focus();
  await userEvent.keyboard("k");
  const figures = () => [...shown.box.querySelectorAll(".rnnviz-check-figure:not([data-stale])")];
  const whole = () => expect(figures().filter((one) => one.querySelector("svg"))).toHaveLength(2);
  await vi.waitFor(whole, 5000);
  const sentences = figures().map((one) => one.querySelector("figcaption")?.textContent ?? "");
  const { top } = expected("bb acab bca", 10);
  for (const [i, said] of sentences.entries()) expect(said).toContain(`“${top?.[i]}”`);
  point(shown.span(8));
  await shown.shown("bb acab bca", 8);
  expectPicture(shown, "bb acab bca", 8);
  await vi.waitFor(whole, 5000);
  expectPicture(shown, "bb acab bca", 8);
  // Another text takes the place of what is checked.
  await userEvent.fill(shown.field, "ab");
  await shown.shown("ab", 1);
  expectPicture(shown, "ab", 1);
  await vi.waitFor(whole, 5000);
});
