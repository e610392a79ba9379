/** The module of the editor. */
import style from "../editor/editor.css";
import type { PageModules } from "../hosts/page-modules";
import { makeTextEditing } from "../hosts/text-editing";

export default { make: makeTextEditing, style } satisfies PageModules["editor"];
