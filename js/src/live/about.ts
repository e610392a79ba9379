/** What is said of the models that run in the page. */
import type { ModelSpec } from "./message";

/** The one line that says what runs here. */
export function aboutOf(models: readonly ModelSpec[]): string {
  const who = models.length === 1 ? "the model runs" : "the models run";
  const precisions = new Set(models.map(({ precision }) => precision));
  const eight = precisions.has("int8") ? "8-bit precision (recurrent layers at half)" : "";
  const half = precisions.has("half") ? "half precision" : "";
  const precision = [eight, half].filter((one) => one !== "").join(" or ");
  return `There is no kernel: ${who} in this page, at ${precision}.`;
}

/** How large each model is, and how true. */
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
