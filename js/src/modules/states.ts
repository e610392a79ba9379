/** The module of the instrument that shows the states of the models' units. */
import type { PageModules } from "../hosts/page-modules";
import { makeStates } from "../views/states";
import style from "../views/states.css";
import acts from "../views/unit-acts.css";

export default { make: makeStates, style: style + acts } satisfies PageModules["states"];
