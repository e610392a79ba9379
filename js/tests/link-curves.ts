/** What a golden message of an output over checkpoints is read as. */
import { expect } from "vitest";
import { decodeLinkCurves } from "../src/wire/generated";

// biome-ignore lint/suspicious/noExplicitAny: a message as it was written down
export function expectLinkCurves(message: any, scores: readonly (number | null)[][]): void {
  const found = decodeLinkCurves(message);
  const { epoch, position, serial, done, total, trouble } = message;
  expect(found).toMatchObject({ epoch, position, serial, done, total, trouble });
  const [facet, without] = found.facets;
  expect(without).toEqual({ error: "it has no checkpoints" });
  if (facet === undefined || "error" in facet) throw new Error("no curves");
  expect(facet).toMatchObject({ output: 1, inputs: 2, target: ["<b>", "", "\n"] });
  expect([...facet.probability]).toEqual([0.5, Number.NaN, 0.25]);
  expect([...facet.rank]).toEqual([1, 0, 300]);
  expect([...facet.scores]).toEqual(scores.flat().map((score) => score ?? Number.NaN));
}
