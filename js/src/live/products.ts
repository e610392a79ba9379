/** Products of matrices with vectors: SIMD instructions of WebAssembly where the page may use it, plain loops elsewhere. */
import { PRODUCTS } from "./products-wasm";

export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  /** y[n][r] = sum over c of this[r][c] x[n][c], for `count` vectors one after the other: (count * rows). */
  times(x: Float32Array, count: number): Float32Array;
}

/** Adds a matrix, (rows * cols) numbers row by row. */
export type Load = (rows: number, cols: number, values: Float32Array) => Matrix;

/** How many vectors are multiplied at a time: enough to reuse each weight, few enough to stay in the cache. */
const AT_ONCE = 64;
const PAGE = 65536;
const fours = (n: number) => (n + 3) & ~3;

type Multiply = (w: number, x: number, y: number, width: number, height: number, n: number) => void;

/** SIMD loops with a memory of their own, or null if the browser or the page's policy forbids them. */
export function simdLoader(): Load | null {
  try {
    const code = Uint8Array.from(atob(PRODUCTS), (c) => c.charCodeAt(0));
    const memory = new WebAssembly.Memory({ initial: 1 });
    const page = { memory };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { page });
    const arena = new Arena(memory, exports["multiply"] as Multiply);
    return (rows, cols, values) => arena.load(rows, cols, values);
  } catch {
    return null;
  }
}

export function plainLoader(): Load {
  return (rows, cols, values) => ({
    rows,
    cols,
    times: (x, count) => plainly(values, x, rows, cols, count),
  });
}

export function bestLoader(): Load {
  return simdLoader() ?? plainLoader();
}

/** Matrices one after the other in one memory, with temporary vectors behind them. */
class Arena {
  #numbers: Float32Array<ArrayBuffer>;
  /** The count of numbers in use. */
  #used = 0;

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly multiply: Multiply,
  ) {
    this.#numbers = new Float32Array(memory.buffer);
  }

  load(rows: number, cols: number, values: Float32Array): Matrix {
    const at = this.#used;
    const [height, width] = [fours(rows), fours(cols)];
    this.#used += height * width;
    this.#room(0);
    // The space may hold old vectors.
    this.#numbers.fill(0, at, this.#used);
    spread(values, this.#numbers, rows, cols, at, width);
    return {
      rows,
      cols,
      times: (x, count) => {
        const made = new Float32Array(count * rows);
        for (let first = 0; first < count; first += AT_ONCE) {
          const some = Math.min(AT_ONCE, count - first);
          const from = this.#used;
          const to = from + some * width;
          this.#room(some * (width + height));
          if (width > cols) this.#numbers.fill(0, from, to);
          spread(x.subarray(first * cols), this.#numbers, some, cols, from, width);
          this.multiply(4 * at, 4 * from, 4 * to, 4 * width, 4 * height, some);
          for (let n = 0; n < some; n++) {
            const start = to + n * height;
            made.set(this.#numbers.subarray(start, start + rows), (first + n) * rows);
          }
        }
        return made;
      },
    };
  }

  /** Makes room for so many numbers behind those in use. */
  #room(more: number): void {
    const lacking = 4 * (this.#used + more) - this.#numbers.byteLength;
    if (lacking <= 0) return;
    this.memory.grow(Math.ceil(lacking / PAGE));
    this.#numbers = new Float32Array(this.memory.buffer);
  }
}

/** Copies rows of `cols` numbers to where rows of `width` begin. */
function spread(
  from: Float32Array,
  to: Float32Array,
  rows: number,
  cols: number,
  at: number,
  width: number,
): void {
  if (width === cols) {
    to.set(from.subarray(0, rows * cols), at);
    return;
  }
  for (let r = 0; r < rows; r++) {
    to.set(from.subarray(r * cols, (r + 1) * cols), at + r * width);
  }
}

function plainly(
  w: Float32Array,
  x: Float32Array,
  rows: number,
  cols: number,
  count: number,
): Float32Array {
  const y = new Float32Array(count * rows);
  const whole = rows & ~3;
  for (let n = 0; n < count; n++) {
    const from = n * cols;
    // Four independent sums, so that additions need not wait for each other.
    for (let r = 0; r < rows; r += r < whole ? 4 : 1) {
      const step = r < whole ? cols : 0;
      let [a, b, c, d] = [0, 0, 0, 0];
      let i = r * cols;
      for (let k = from; k < from + cols; k++, i++) {
        const value = x[k] as number;
        a += (w[i] as number) * value;
        b += (w[i + step] as number) * value;
        c += (w[i + 2 * step] as number) * value;
        d += (w[i + 3 * step] as number) * value;
      }
      y.set(step > 0 ? [a, b, c, d] : [a], n * rows + r);
    }
  }
  return y;
}

/** The columns of a matrix as rows. */
export function transposed(values: Float32Array, rows: number, cols: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) turned[c * rows + r] = values[r * cols + c] as number;
  }
  return turned;
}
