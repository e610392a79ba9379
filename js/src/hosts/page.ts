/** The entry script of pages that answer from saved rows. */
import { mountAll } from "./mount";
import { PageModel } from "./page-model";
import { aroundPicture } from "./story-page";

mountAll((state) => new PageModel(state), { style: "", aroundPicture });
