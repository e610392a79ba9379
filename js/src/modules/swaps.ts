/** The module of the instrument that puts every other symbol in the place of one input. */
import type { PageModules } from "../hosts/page-modules";
import { makeSwaps } from "../views/swaps";
import style from "../views/swaps.css";

export default { make: makeSwaps, style } satisfies PageModules["swaps"];
