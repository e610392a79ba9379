/**
 * Instruments: they ask the kernel more about the output that is shown. Each is opened by a button among the controls or by
 * its key, and its code, a module of the page, comes then. Its asks are of the kind of its own name.
 */
import type { Options } from "../state/options";
import type { ModuleRequest } from "../state/page-module";
import type { After } from "../state/shown-position";
import type { AskFields, AskKind, Row, Scene } from "../wire";
import type { Fields } from "../wire/fields";
import type { CheckpointAxis } from "./checkpoint-axis";
import type { Drawing } from "./drawing";
import type { OpenParts } from "./fold";
import type { TextColours } from "./text-view";

/** What the page has of an instrument before its code is here. */
export interface InstrumentEntry {
  readonly name: AskKind;
  /** What its button says, and what it does. */
  readonly words: string;
  readonly title: string;
  /** The letter that opens and closes it, in upper case. */
  readonly key: string;
  /** Other kinds of asks that it sends. */
  readonly also?: readonly AskKind[];
  /** Whether it is offered only where models have checkpoints. */
  readonly overCheckpoints?: boolean;
}

/** In the order in which their buttons and they themselves stand. */
export const INSTRUMENTS = [
  {
    name: "check",
    words: "check",
    title: "Run the models again without their strongest inputs",
    key: "K",
  },
  {
    name: "swaps",
    words: "swap",
    title: "Show the prediction with every other character in one place",
    key: "S",
  },
  {
    name: "randomised",
    words: "random",
    title: "The same picture with random weights, and for a random class",
    key: "R",
  },
  {
    name: "states",
    words: "inside",
    title: "Show the states of the models’ units: hidden states, cells and gates",
    key: "I",
    also: ["matches", "corpus_text", "color_by"],
  },
  {
    name: "map",
    words: "map",
    title: "Place states and token embeddings in a plane: which are near each other?",
    key: "M",
    also: ["map_regions"],
  },
  {
    name: "link_curve",
    words: "since when",
    title: "When did a link appear? Its share, and the prediction, at each checkpoint",
    key: "T",
    overCheckpoints: true,
  },
] as const satisfies readonly InstrumentEntry[];

export type InstrumentName = (typeof INSTRUMENTS)[number]["name"];

/** What an instrument may use of the page. A new scene makes a new one. */
export interface InstrumentHost {
  readonly scene: Scene;
  /** Whether no kernel and no models answer: all there will be is what the page was saved with. */
  readonly alone: boolean;
  /** One element under the text of each facet, empty at first. */
  readonly places: readonly HTMLElement[];
  readonly after: After;
  /** Sends an ask of its own kind, or one of those that it sends also, and returns its serial; the newest counts. */
  ask(fields: Fields, kind?: AskKind): number;
  /** The checkpoints of the models; null: they have none, or what shows them is not here yet. */
  axis(): CheckpointAxis | null;
  /** The complete row of an output, if the page has it. */
  row(facet: number, s: number): Row | undefined;
  /** The reader changes an option of the picture, such as the brushed characters. */
  choose(change: Partial<Options>): void;
  /** Has a facet's text show other colours than those of connectivity; null: no longer. */
  colourText(facet: number, colours: TextColours | null): void;
  pointAt(position: number): void;
  /** Pins a character, or releases with null. */
  pin(position: number | null): void;
  explain(target: string | readonly string[]): void;
  /** Sends an ask of another kind, which begins another scene. */
  begin<Kind extends "unit" | "intervention" | "undo">(kind: Kind, fields: AskFields<Kind>): void;
  /** What instruments keep from one scene to the next. */
  readonly opened: Pick<OpenParts, "kept">;
  /** Has another text read, and shows a position of it; null where the text can't be changed. */
  readonly readText: ((text: string, position: number) => void) | null;
}

export interface Instrument {
  /** What it says once for all models; stands below the facets. */
  readonly el: HTMLElement;
  /** A frame was drawn: of another position, with more rows, or in other colours. */
  show(drawing: Drawing): void;
  /** A reply to an ask of one of its kinds, which another view of the widget may have sent. */
  read(message: Fields, kind: AskKind): void;
  /** An ask of one of its kinds was refused, or can't be answered. */
  refused(words: string, kind: AskKind): void;
  /** The reader points at a character while another one is pinned; null: no longer. */
  point?(position: number | null): void;
}

/** `signal` ends it: the reader closes it, or another scene is shown. */
export type MakeInstrument = (host: InstrumentHost, signal: AbortSignal) => Instrument;

/** An instrument that this page can open. */
export interface OfferedInstrument extends InstrumentEntry, Pick<InstrumentHost, "ask"> {
  readonly request: ModuleRequest<MakeInstrument>;
  /** The newest reply of a kind that the page has. */
  reply(kind: AskKind): Fields | undefined;
}
