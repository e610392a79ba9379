/** The text field above the picture: what is typed there is read by the models in this page. */
import { css, makePalette } from "../color";
import { make, write } from "../dom";
import { watchGround } from "../theme";
import * as sheet from "./live.css";
import type { Sent } from "./message";
import type { LiveReader } from "./reader";

const STAYS = "The picture shows the last text that could be read.";

export function makeEditor(
  reader: LiveReader,
  models: readonly Sent[],
  text: string,
  signal: AbortSignal,
): HTMLElement {
  const field = make("textarea", "live-text");
  const reset = make("button", "live-reset", "Reset");
  const said = make("div", "live-said");
  const about = make("span", "live-about", aboutOf(models));
  about.title = detailsOf(models);
  const el = make(
    "div",
    "live",
    make("label", "live-label", "Type another text", field),
    make("div", "live-line", about, reset),
    said,
  );
  // Where the bundler makes text of it, the style comes along; elsewhere it is in the page already.
  const style: unknown = (sheet as { readonly default?: unknown }).default;
  if (typeof style === "string") {
    const tag = document.createElement("style");
    tag.textContent = style;
    el.prepend(tag);
  }
  field.value = text;
  field.rows = 1;
  field.spellcheck = false;
  field.autocomplete = "off";
  field.autocapitalize = "off";
  reset.type = "button";
  reset.title = "Back to the author's text, with the rows that the kernel computed";
  reset.disabled = true;
  said.setAttribute("role", "status");
  reader.said = (words) => write(said, words === "" ? "" : `${words} ${STAYS}`);

  const grow = () => {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  };
  const read = () => {
    // The character before the caret: the one just typed.
    const before = Array.from(field.value.slice(0, field.selectionStart)).length;
    reader.read(field.value, Math.max(0, before - 1));
    // The models read while the page is laid out.
    reset.disabled = field.value === text;
    grow();
  };
  const listen = <K extends keyof HTMLElementEventMap>(
    on: HTMLElement,
    type: K,
    act: (event: HTMLElementEventMap[K]) => void,
  ) => on.addEventListener(type, act, { signal });
  listen(field, "focus", () => reader.start());
  // What an input method composes is not the text yet.
  listen(field, "input", (event) => {
    if (!(event as InputEvent).isComposing) read();
    else grow();
  });
  listen(field, "compositionend", read);
  listen(reset, "click", () => {
    field.value = text;
    grow();
    reset.disabled = true;
    reader.reset();
    field.focus();
  });
  // A host must not take letters for its shortcuts; JupyterLab asks each element itself.
  for (const type of ["keydown", "keyup", "keypress"] as const) {
    listen(el, type, (event) => event.stopPropagation());
  }
  for (const one of [el, field, reset]) one.dataset["lmSuppressShortcuts"] = "true";

  let width = 0;
  const sizes = new ResizeObserver(() => {
    if (el.clientWidth === width) return;
    width = el.clientWidth;
    grow();
  });
  sizes.observe(el);
  signal.addEventListener("abort", () => sizes.disconnect());
  watchGround(el, signal, (ground) => {
    const palette = makePalette(ground, false);
    for (const name of ["ink", "muted", "line", "accent", "mark"] as const) {
      el.style.setProperty(`--rnnviz-${name}`, css(palette[name]));
    }
    field.style.colorScheme = palette.dark ? "dark" : "light";
  });
  return el;
}

/** The one line that says what runs here. */
function aboutOf(models: readonly Sent[]): string {
  const who = models.length === 1 ? "the model runs" : "the models run";
  const precisions = new Set(models.map(({ precision }) => precision));
  const eight = precisions.has("int8") ? "8-bit precision (recurrent layers at half)" : "";
  const half = precisions.has("half") ? "half precision" : "";
  const precision = [eight, half].filter((one) => one !== "").join(" or ");
  return `There is no kernel: ${who} in this page, at ${precision}.`;
}

function detailsOf(models: readonly Sent[]): string {
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
