/** The module of the instrument that shows the states of the models' units. */
import type { PageModules } from "../hosts/page-modules";
import places from "../views/place-line.css";
import { makeStates } from "../views/states";
import style from "../views/states.css";
import acts from "../views/unit-acts.css";
import matches from "../views/unit-matches.css";

export default {
  make: makeStates,
  style: `${style}\n${matches}\n${places}\n${acts}`,
} satisfies PageModules["states"];
