/** The names of layers in words, of what they are called in Python: "forget of layer 1 of cell" is said as "forget gate, layer 1". */

import * as wording from "../../../rnnviz_widget/picture/wording.json";

const NAME = new RegExp(wording.layer_in_python);
const REVERSE = "_reverse";
const GATES = ["input", "forget", "output", "reset", "update", "keep"];
const KINDS: Readonly<Record<string, string>> = {
  hidden: wording.hidden_state,
  cell: wording.cell_state,
  residual: wording.residual_stream,
  added: wording.what_is_added,
};

/** `names`: those of all layers; the module is left out where all are of one. */
export function layerWords(name: string, names: readonly string[]): string {
  const [, kind, layer, module] = NAME.exec(name) ?? [];
  if (kind === undefined || layer === undefined || module === undefined) return name;
  const modules = new Set(names.map((one) => NAME.exec(one)?.[3]));
  const of = modules.size > 1 ? ` of ${module}` : "";
  const side = kind.endsWith(REVERSE) ? wording.layer_right_to_left : "";
  const gated = names.some((one) => one.startsWith("forget") || one.startsWith("update"));
  return `${kindWords(kind.replace(REVERSE, ""), gated)}, layer ${layer}${of}${side}`;
}

/** `gated`: the output of a layer with gates is a gate too, not what a module returns. */
function kindWords(kind: string, gated: boolean): string {
  const inner = kind.startsWith("inner_");
  const plain = inner ? kind.slice("inner_".length) : kind;
  const gate = GATES.includes(plain) && (plain !== "output" || gated);
  return `${inner ? "inner " : ""}${KINDS[plain] ?? (gate ? `${plain} gate` : plain)}`;
}
