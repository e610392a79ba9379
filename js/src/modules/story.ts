/** The module of stories: prose beside the picture, step by step. */
import type { PageModules } from "../hosts/page-modules";
import { makeStory } from "../views/story";
import style from "../views/story.css";
import narrow from "../views/story-narrow.css";

export default { make: makeStory, style: style + narrow } satisfies PageModules["story"];
