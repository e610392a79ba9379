/** The module of the instrument that runs the models again without some of the inputs. */
import type { PageModules } from "../hosts/page-modules";
import { makeCheck } from "../views/check";
import style from "../views/check.css";

export default { make: makeCheck, style } satisfies PageModules["check"];
