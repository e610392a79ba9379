/** The names of layers in words, of what they are called in Python: "forget of layer 1 of cell" is said as "forget gate, layer 1". */

const NAME = /^(\w+) of layer (\d+) of (.+)$/;
const REVERSE = "_reverse";
const GATES = ["input", "forget", "output", "reset", "update", "keep"];
const KINDS: Readonly<Record<string, string>> = {
  hidden: "hidden state",
  cell: "cell state",
  residual: "residual stream",
  added: "what is added",
};

/** `names`: those of all layers; the module is left out where all are of one. */
export function layerWords(name: string, names: readonly string[]): string {
  const [, kind, layer, module] = NAME.exec(name) ?? [];
  if (kind === undefined || layer === undefined || module === undefined) return name;
  const modules = new Set(names.map((one) => NAME.exec(one)?.[3]));
  const of = modules.size > 1 ? ` of ${module}` : "";
  const side = kind.endsWith(REVERSE) ? ", right to left" : "";
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
