/**
 * Pages without Jupyter: a saved file, a frozen output. Each widget of the document is a `.rnnviz-page` that holds a
 * static picture and its state as JSON; the widget replaces the picture. The script may run once in a document that
 * has several of them, or once after each.
 */

import { make } from "../core/dom";
import { errorMessage } from "../core/errors";
import style from "../views/picture.css";
import { decodeScene } from "../wire";
import { decoded } from "../wire/fields";
import type { PageModel, State } from "./page-model";
import { type ModulesHere, modulesOfDocument } from "./page-modules";
import type { aroundPicture } from "./story-page";
import type { Instruments } from "./view-instruments";
import { renderWidget } from "./widget";

const STATE = "script[type='application/json']";
/** The only widget of its page, or one that its page is about, as a page of the documentation says. */
const WHOLE_PAGE = "body > main > div:only-of-type, [data-whole-page] > div";

/** The parts that only some pages have. */
export interface PageInstruments extends Omit<Instruments, "modules"> {
  readonly style: string;
  /** Puts around the picture what belongs to a story. */
  readonly aroundPicture?: typeof aroundPicture;
}

export function mountAll(make: (state: State) => PageModel, given: PageInstruments): void {
  const modules = modulesOfDocument();
  const instruments = { ...given, modules: () => modules };
  for (const place of document.querySelectorAll<HTMLElement>(".rnnviz-page:not([data-mounted])")) {
    mount(place, make, instruments);
  }
}

function mount(
  place: HTMLElement,
  makeModel: (state: State) => PageModel,
  instruments: PageInstruments & Instruments & { modules(): ModulesHere },
): void {
  place.dataset["mounted"] = "true";
  try {
    const state = read(place.querySelector(STATE)?.textContent ?? "");
    decodeScene(state["_scene"]);
    const model = makeModel(state);
    const el = document.createElement("div");
    const wholePage = place.matches(WHOLE_PAGE);
    const around = instruments.aroundPicture?.(state, model, el, instruments.modules(), wholePage);
    renderWidget({ model, el }, instruments);
    place.replaceChildren(sheet(style + instruments.style), ...(around ?? [el]));
  } catch (error) {
    // The static picture stays.
    const words = errorMessage(error);
    place.prepend(
      make("p", "unread", `This picture can't be made to answer the pointer: ${words}`),
    );
  }
}

function sheet(text: string): HTMLElement {
  const el = document.createElement("style");
  el.textContent = text;
  return el;
}

/** The state, with bytes decoded from base64. */
function read(text: string): State {
  if (text === "") throw new Error("the page was cut off before its data.");
  try {
    return JSON.parse(text, (_, value) =>
      typeof value?.b64 === "string" ? decoded(value.b64, "its data") : value,
    );
  } catch {
    throw new Error("its data is cut off or was changed.");
  }
}
