/** From the gradient at the embedded inputs to a score for each, as rnnviz_widget/engines/measures.py. */
import type { Measure } from "../wire";
import { at } from "./layer";

/** Maps the gradient (T, D) at the tokens of these ids to scores (T). */
export type Score = (gradient: Float32Array, ids: readonly number[]) => Float64Array;

/** `embedding` is E, (V, D): the gradient at the one-hot input is E g, and its square g E'E g. */
export function scorer({ name }: Measure, embedding: Float32Array, size: number): Score {
  const along =
    name === "norm" || name === "squared" ? squaredAlong(gram(embedding, size), size) : null;
  return (gradient, ids) => {
    const scores = new Float64Array(gradient.length / size);
    for (let t = 0; t < scores.length; t++) {
      const g = gradient.subarray(t * size, (t + 1) * size);
      if (along !== null) {
        const square = along(g);
        scores[t] = name === "squared" ? square : Math.sqrt(square);
      } else if (name === "embedding_norm") {
        scores[t] = Math.sqrt(dot(g, g));
      } else {
        const id = ids[t] ?? 0;
        scores[t] = dot(g, embedding.subarray(id * size, (id + 1) * size));
      }
    }
    return scores;
  };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += at(a, d) * at(b, d);
  return sum;
}

/** E'E in double precision, (D, D). */
function gram(embedding: Float32Array, size: number): Float64Array {
  const products = new Float64Array(size * size);
  for (let from = 0; from < embedding.length; from += size) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const product = at(embedding, from + i) * at(embedding, from + j);
        products[i * size + j] = (products[i * size + j] as number) + product;
      }
    }
  }
  return products;
}

function squaredAlong(products: Float64Array, size: number): (g: Float32Array) => number {
  return (g) => {
    let square = 0;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += (products[i * size + j] as number) * at(g, j);
      square += at(g, i) * sum;
    }
    return Math.max(0, square);
  };
}
