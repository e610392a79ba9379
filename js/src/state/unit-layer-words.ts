/** The names of layers in words, of what they are called in Python: "forget of layer 1 of cell" is said as "forget gate, layer 1". */
import * as wording from "../../../rnnviz_widget/scene/layer_words.json";
import { fill } from "../core/fill";

const NAME = new RegExp(wording.name);
const KIND = new RegExp(wording.kind);
const KINDS: Readonly<Record<string, string>> = wording.kinds;

/** `names`: those of all layers; the module is left out where all are of one. */
export function layerWords(name: string, names: readonly string[]): string {
  const [, kind, layer, module = ""] = NAME.exec(name) ?? [];
  if (kind === undefined) return name;
  const modules = names.map((one) => NAME.exec(one)?.[3]).filter((one) => one !== undefined);
  const several = new Set(modules).size > 1;
  const gated = names.some((one) => one.startsWith("forget") || one.startsWith("update"));
  return fill(wording.in_words, {
    kind: kindWords(kind, gated),
    layer: layer === undefined ? wording.all_layers : fill(wording.layer, { layer }),
    module: several && module !== "" ? fill(wording.module, { module }) : "",
    side: KIND.exec(kind)?.[3] === undefined ? "" : wording.right_to_left,
  });
}

/** `gated`: the output of a layer with gates is a gate too, not what a module returns. */
function kindWords(name: string, gated: boolean): string {
  const [, level, plain = name] = KIND.exec(name) ?? [];
  const gate = wording.gates.includes(plain) && (plain !== "output" || gated);
  const kind = gate ? fill(wording.gate, { kind: plain }) : (KINDS[plain] ?? plain);
  if (level === undefined) return kind;
  return fill(level === "" ? wording.inner : wording.inner_level, { kind, level });
}
