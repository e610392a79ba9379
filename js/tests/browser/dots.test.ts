/** When characters whose influence is still being computed get their dots. */
import { expect, it, onTestFinished, vi } from "vitest";
import { answerMessage } from "../messages";
import {
  background,
  both,
  dotCount,
  expectPicture,
  frames,
  modelOf,
  NONE,
  parts,
  show,
  type View,
} from "./helpers";

/** A whole picture; from then on time is passed by hand. */
async function open(): Promise<View> {
  const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
  await view.shown(4);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  return view;
}

it("does not dot what follows at once, and gives it no colour until then", async () => {
  const view = await open();
  for (const p of [8, 9]) {
    view.model.receive({ position: p, _answer: answerMessage(p, parts(p, 5)) });
    await frames();
    expect(view.root().dataset["partial"]).toBe(String(p));
    // The time that the row before it was awaited does not count.
    vi.advanceTimersByTime(150);
    expect(dotCount(view)).toBe(0);
    expect(background(view.span(4))).toBe(NONE);
  }
  view.model.receive({ _answer: answerMessage(9, both(9)) });
  await frames();
  expectPicture(view, 9, both(9));
  vi.advanceTimersByTime(1000);
  expect(dotCount(view)).toBe(0);
  expectPicture(view, 9, both(9));
});

it("dots what does not, and what is left of it when more comes", async () => {
  const view = await open();
  view.model.receive({ position: 8, _answer: answerMessage(8, parts(8, 5)) });
  await frames();
  vi.advanceTimersByTime(200);
  expect([dotCount(view), dotCount(view, 1)]).toEqual([5, 5]);
  view.model.receive({ _answer: answerMessage(8, parts(8, 3)) });
  await frames();
  expect([dotCount(view), dotCount(view, 1)]).toEqual([3, 3]);
});
