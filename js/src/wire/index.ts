/** What the kernel puts into the traits, decoded into plain values. The Python side of this contract is `rnnviz_widget/wire.py`. */

export * from "./asks";
export { WireError } from "./fields";
export type { Reads } from "./reads";
export * from "./replies";
export * from "./rows";
export * from "./scene";
export * from "./status";
export * from "./strips";
