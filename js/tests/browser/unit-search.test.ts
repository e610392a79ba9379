/** The search for the brushed characters' units asks for what the reader does, never for what a picture had before the kernel's word. */
import { expect, it } from "vitest";
import type { Drawing } from "../../src/views/drawing";
import type { InstrumentHost } from "../../src/views/instruments";
import { UnitSearchView } from "../../src/views/unit-search";

const SEARCH = {
  ...{ start: 1, after: 3, layers: [""], corpus: false, quantile: 0.9 },
  ...{ threshold: null, before: 1, beyond: 0 },
};

/** A picture with these characters brushed. */
const drawn = (brush: [number, number] | null) => {
  const span = brush && { start: brush[0], end: brush[1] };
  return { options: { brush: span } } as unknown as Drawing;
};

const told = (search: object | null, serial: number) => ({
  ...{ epoch: 1, serial, search, selected: "", corpus: null, progress: null, visited: null },
  facets: [],
});

/** A search whose reader rests when `rest` is called. */
function searching(layers: readonly string[] = [""]) {
  const asked: unknown[] = [];
  const resting = new Set<() => void>();
  const host = {
    scene: { epoch: 1, facets: [{}] },
    alone: false,
    after: (_: number, act: () => void) => {
      resting.add(act);
      return () => resting.delete(act);
    },
    ask: ({ search }: { search: unknown }) => asked.push(search),
  } as unknown as InstrumentHost;
  let now = drawn(null);
  const handlers = { layers: () => layers, choose: () => undefined, changed: () => view.show(now) };
  const view = new UnitSearchView(host, handlers, new AbortController().signal);
  return {
    asked,
    draw: (brush: [number, number] | null) => {
      now = drawn(brush);
      view.show(now);
    },
    read: (search: object | null, serial = 0) => view.read(told(search, serial)),
    rest: () => {
      for (const act of resting) act();
      resting.clear();
    },
  };
}

it("does not search again for what Python no longer selects, however late the next picture is", () => {
  const { asked, draw, read, rest } = searching();
  draw([1, 3]);
  rest();
  expect(asked).toEqual([SEARCH]);
  read(SEARCH, 1);
  // Python selects nothing; the picture without a brush is drawn in the next frame.
  read(null);
  rest();
  draw(null);
  rest();
  expect(asked).toEqual([SEARCH]);
  draw([1, 3]);
  rest();
  expect(asked).toEqual([SEARCH, SEARCH]);
});

it("does not search for the brush before when Python selects other characters", () => {
  const { asked, draw, read, rest } = searching();
  draw([1, 3]);
  read({ ...SEARCH, start: 5, after: 9 });
  rest();
  draw([5, 9]);
  rest();
  expect(asked).toEqual([]);
});

it("searches in the layer that the reader chooses after Python has selected", () => {
  const layers = [""];
  const { asked, draw, read, rest } = searching(layers);
  draw([1, 3]);
  read(SEARCH);
  layers[0] = "other";
  draw([1, 3]);
  rest();
  expect(asked).toEqual([{ ...SEARCH, layers: ["other"] }]);
});

it("does not search again in the layer that is shown, where Python has left it open", () => {
  const { asked, draw, read, rest } = searching(["shown"]);
  draw([1, 3]);
  rest();
  expect(asked).toEqual([{ ...SEARCH, layers: ["shown"] }]);
  read(SEARCH);
  draw([1, 3]);
  rest();
  expect(asked).toHaveLength(1);
});
