/** The module of the instrument that follows a link over checkpoints. */
import type { PageModules } from "../hosts/page-modules";
import { makeLinkCurve } from "../views/link-curve";
import style from "../views/link-curve.css";

export default { make: makeLinkCurve, style } satisfies PageModules["link_curve"];
