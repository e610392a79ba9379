/** The module of the instrument that maps states and token embeddings into a plane. */
import type { PageModules } from "../hosts/page-modules";
import places from "../views/place-line.css";
import { makeStateMap } from "../views/state-map";
import style from "../views/state-map.css";

export default {
  make: makeStateMap,
  style: `${style}\n${places}`,
} satisfies PageModules["map"];
