/** The module of the search for a class by its name. */
import type { PageModules } from "../hosts/page-modules";
import { makeClassSearch } from "../views/class-search";
import style from "../views/class-search.css";

export default { make: makeClassSearch, style } satisfies PageModules["class-search"];
