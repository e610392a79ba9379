/** The entry of pages that answer from what was saved. */
import { mountAll } from "./mount";
import { PageModel } from "./page-model";

mountAll((state) => new PageModel(state));
