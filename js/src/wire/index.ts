/** What the kernel puts into the traits, decoded into plain values. Both sides of this contract are made from `rnnviz_widget/scene`. */

export * from "./asks";
export { Unpacked, WireError } from "./fields";
export {
  CHOICES,
  DEFAULT_QUANTITY,
  decodeLiveModel,
  decodeSwaps,
  type ExchangeCurve,
  type ExplainedClass,
  type FacetMessage,
  type FacetSwaps,
  type Failure,
  type FoundClasses,
  type InputSwaps,
  LIVE_VERSION,
  type LiveLayer,
  type LiveModel,
  type Measure,
  type OutputCheck,
  type OutputChecks,
  type RankedClass,
  type Refusal,
  type Rivals,
  ROW_STEPS,
  type SceneMessage,
  SHOWN_PREDICTIONS,
  type Status,
  type Strip,
  type Swaps,
  VERSION,
} from "./generated";
export type { Reads } from "./reads";
export * from "./replies";
export * from "./rows";
export * from "./scene";
export * from "./status";
export * from "./strips";
