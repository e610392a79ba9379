/** Memory figures beside a text: of the output shown, and the mean over the whole text. */
import { label, make, setVariable, write } from "../core/dom";
import { LAGS, type Memory } from "../state/memory";

const BOTH = "; here, and on the mean over all outputs of this text";
const ONE = "; of the one output, which stands at the end of the text";
const ITEMS = [
  ["reach", "How far back what the output rests on lies, on the mean, in characters"],
  ["effective", "How many characters the output rests on: exp of the entropy of the shares"],
  ["before word", "The share of connectivity that lies before the current word"],
] as const;

export class MemoryView {
  readonly el = make("div", "memory");
  /** The profile: the shares by distance, nearest first; the full height is the whole row. */
  readonly profile: HTMLElement;
  readonly #here: readonly HTMLElement[];
  readonly #text: readonly HTMLElement[];
  readonly #bars: readonly HTMLElement[];

  /** `oneOutput`: there is one output for the whole text. */
  constructor(oneOutput = false) {
    const cells = ITEMS.map(([name, title]) => {
      const [here, text] = [make("strong", "memory-here"), make("span", "memory-text")];
      const item = make("span", "memory-item", make("span", "memory-name", name), here, text);
      item.title = title + (oneOutput ? ONE : BOTH);
      this.el.append(item);
      return [here, text] as const;
    });
    this.#here = cells.map(([here]) => here);
    this.#text = cells.map(([, text]) => text);
    this.#bars = LAGS.map(() => make("span", "lag"));
    this.profile = make("span", "lags", ...this.#bars);
    this.show(null);
    this.showText(null);
  }

  /** The figures of the output shown. */
  show(memory: Memory | null): void {
    fill(this.#here, memory, "–");
    const shares = this.#bars.map((bar, i) => {
      const share = memory?.profile[i] ?? 0;
      setVariable(bar, "p", share);
      return `${stretch(LAGS[i] ?? 0, LAGS[i + 1])}: ${Math.round(100 * share)} %`;
    });
    const words = memory === null ? "Not read yet" : shares.join("; ");
    this.profile.title = `Connectivity by distance. ${words}`;
    label(this.profile, "img", this.profile.title);
  }

  /** The mean figures over the whole text, once all rows are there. */
  showText(memory: Memory | null): void {
    fill(this.#text, memory, "");
  }
}

function fill(cells: readonly HTMLElement[], memory: Memory | null, nothing: string): void {
  const said =
    memory === null ? [] : [count(memory.reach), count(memory.effective), roughly(memory.before)];
  cells.forEach((cell, i) => {
    write(cell, said[i] ?? nothing);
  });
}

function roughly(share: number): string {
  return Number.isNaN(share) ? "–" : `${Math.round(100 * share)} %`;
}

function count(value: number): string {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}

function stretch(from: number, next: number | undefined): string {
  if (next === undefined) return `${from} or more characters away`;
  if (next === from + 1) return from === 0 ? "the character itself" : `${from} away`;
  return `${from} to ${next - 1} away`;
}
