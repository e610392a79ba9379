/** Answers in place of the kernel: several models on one text, with the kernel's messages. */
import {
  type Answer,
  type FacetMessage,
  type Failure,
  type OutputCheck,
  type OutputChecks,
  type SceneMessage,
  type Strips,
  VERSION,
} from "../wire";
import type { ModelSpec } from "./message";
import { bestLoader, type Load } from "./products";
import { Reading } from "./reading";
import { TextError, type Tokens } from "./truth";

/** Longer texts are refused: their rows would take seconds, and a letter typed near the start re-reads everything. */
export const LONGEST = 2000;

/** For how many milliseconds a check goes on before another request may come. */
const CHECKED_AT_ONCE = 30;

interface Checking {
  readonly asked: string;
  /** For each model what goes on to check it. */
  readonly left: readonly Generator<OutputCheck | Failure | null>[];
  readonly facets: (OutputCheck | Failure)[];
}

export class LiveModels {
  readonly #readings: readonly Reading[];
  #tokens: readonly Tokens[] = [];
  /** The check that is under way, or was made last. */
  #checking: Checking | null = null;

  constructor(
    private readonly models: readonly ModelSpec[],
    makeLoader: () => Load = bestLoader,
  ) {
    // Each has its own memory: one for all may be larger than a browser allows.
    this.#readings = models.map((spec) => new Reading(spec, makeLoader()));
  }

  /** Reads a text and returns its scene; throws a `TextError` if a model can't read it, and then keeps the text before. */
  scene(epoch: number, text: string): SceneMessage {
    const characters = Array.from(text);
    if (characters.length === 0) throw new TextError("The text is empty.");
    if (characters.length > LONGEST) {
      const [most, came] = [LONGEST, characters.length].map((n) => n.toLocaleString("en"));
      throw new TextError(`A text here has at most ${most} characters; this one has ${came}.`);
    }
    const tokens = this.#readings.map((reading) => reading.tokens(characters));
    const facets = this.#read(tokens);
    const { measure } = this.models[0] as ModelSpec;
    return { version: VERSION, epoch, text, editable: true, measure, target: null, facets };
  }

  #read(tokens: readonly Tokens[]): FacetMessage[] {
    const read = (all: readonly Tokens[]) =>
      all.map((one, i) => (this.#readings[i] as Reading).read(one));
    try {
      const facets = read(tokens);
      this.#tokens = tokens;
      return facets;
    } catch (error) {
      // The page still shows the text before, and may ask for its rows.
      read(this.#tokens);
      throw error;
    }
  }

  /** The answer at a character of the text that was read last. */
  answer(epoch: number, position: number): Answer {
    return { epoch, position, facets: this.#readings.map((reading) => reading.row(position)) };
  }

  /** Goes on to check a character, for a while: the checks of the models that are done. */
  check(epoch: number, position: number, serial: number): OutputChecks {
    const asked = `${epoch} ${position}`;
    if (this.#checking?.asked !== asked) {
      const left = this.#readings.map((reading) => reading.check(position));
      this.#checking = { asked, left, facets: [] };
    }
    const { left, facets } = this.#checking;
    const late = performance.now() + CHECKED_AT_ONCE;
    while (left.length > facets.length && performance.now() < late) {
      const found = left[facets.length]?.next().value;
      if (found) facets.push(found);
    }
    return { epoch, position, serial, facets: [...facets] };
  }

  /** The strips at a character of the text that was read last. */
  strips(epoch: number, position: number): Strips {
    return { epoch, position, facets: this.#readings.map((reading) => reading.strip(position)) };
  }
}
