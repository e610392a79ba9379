/** Sentences about the models that run in the page. */
import type { ModelSpec } from "./message";

/** The line that says what runs here. */
export function aboutOf(models: readonly ModelSpec[]): string {
  const who = models.length === 1 ? "the model runs" : "the models run";
  const precisions = new Set(models.map(({ precision }) => precision));
  const eight = precisions.has("int8") ? "8-bit precision (recurrent layers at half)" : "";
  const half = precisions.has("half") ? "half precision" : "";
  const precision = [eight, half].filter((one) => one !== "").join(" or ");
  return `There is no kernel: ${who} in this page, at ${precision}.`;
}

/** The size and precision of each model. */
export function detailsOf(models: readonly ModelSpec[]): string {
  const said = models.map(({ name, precision, weights, numbers }) => {
    const size = ((weights.byteLength + numbers.byteLength) / 1e6).toFixed(1);
    const how =
      precision === "half"
        ? "in half precision"
        : "with 8-bit weights in its last layer, in half precision elsewhere";
    return `${name}: ${size} MB, ${how}.`;
  });
  return said.join("\n");
}
