/** The module of the instrument that shows the picture with random weights, and for a random class. */
import type { PageModules } from "../hosts/page-modules";
import { makeRandomised } from "../views/randomised";
import style from "../views/randomised.css";

export default { make: makeRandomised, style } satisfies PageModules["randomised"];
