/** The module of the slider over checkpoints. */
import type { PageModules } from "../hosts/page-modules";
import { makeCheckpointAxis } from "../views/checkpoint-axis";
import style from "../views/checkpoint-axis.css";

export default { make: makeCheckpointAxis, style } satisfies PageModules["checkpoints"];
