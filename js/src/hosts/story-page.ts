/** What a story's page has besides the picture: its module puts the steps beside that, and sets the traits of each. */
import { make } from "../core/dom";
import { styleOf } from "../state/page-module";
import { watchBackground } from "../views/background";
import type { StoryHost } from "../views/story";
import { type Fields, isFields } from "../wire/fields";
import type { PageModel, State } from "./page-model";
import type { ModuleSource } from "./page-modules";
import { paintAbove } from "./view-place";

/** The elements of a page: the picture, or the story around it. */
export function aroundPicture(
  state: State,
  model: PageModel,
  picture: HTMLElement,
  modules: ModuleSource,
  wholePage: boolean,
): readonly HTMLElement[] {
  if (state["_story"] === undefined) return [picture];
  const { signal } = new AbortController();
  let found: readonly HTMLElement[] = [];
  const show: StoryHost["show"] = ({ scene }, index) => showStep(state, model, scene, index);
  modules.request("story").open(
    (module) => {
      const story = module.make({ words: state["_story"], picture, wholePage, show }, signal);
      watchBackground(story.el, signal, (ground) => paintAbove(story.el, ground));
      found = [styleOf(module), story.el];
    },
    (words) => {
      found = [make("p", "unread", words), picture];
    },
  );
  return found;
}

/** Sets the traits of a step: those of its scene first, and that itself last, since whoever reads a scene reads the rest. */
function showStep(state: State, model: PageModel, scene: number, index: number): void {
  const own = listed(state["_steps"], index);
  const { _scene, ...rest } = scene === 0 ? ofFirst(state) : listed(state["_scenes"], scene - 1);
  const set = (traits: Fields) => {
    for (const [name, value] of Object.entries(traits)) model.set(name, value);
  };
  set({ ...rest, ...own, _scene });
  // A hover of this frame, not written yet, would undo the pin.
  const { position, pinned } = own;
  requestAnimationFrame(() => set({ position, pinned }));
}

function ofFirst({ _scene, _rows, _status }: State): Fields {
  return { _scene, _rows, _status };
}

function listed(all: unknown, index: number): Fields {
  const found: unknown = Array.isArray(all) ? all[index] : undefined;
  if (!isFields(found)) throw new Error("A step of the story is missing.");
  return found;
}
