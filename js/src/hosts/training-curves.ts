/** The entry script of the widget that draws a training's curves. */
import { errorMessage } from "../core/errors";
import { watchBackground } from "../views/background";
import { TrainingCurvesView } from "../views/training-curves";
import { received } from "../wire/fields";
import { decodeTrainingCurves } from "../wire/generated";
import type { HostModel } from "./position-sync";
import type { RenderProps } from "./widget";
import "../views/training-curves.css";

function show(model: HostModel, view: TrainingCurvesView): void {
  const curves = received(model.get("_curves"), decodeTrainingCurves);
  if (curves !== null) view.show(curves);
}

export default {
  render({ model, el, signal }: RenderProps): () => void {
    const end = new AbortController();
    signal?.addEventListener("abort", () => end.abort());
    const changed = () => {
      try {
        show(model, view);
      } catch (error) {
        console.error(error);
        el.textContent = `The curves can't be drawn: ${errorMessage(error)}`;
      }
    };
    const view = new TrainingCurvesView(end.signal);
    el.append(view.el);
    watchBackground(el, end.signal, (ground) => {
      view.ground = ground;
    });
    model.on("change:_curves", () => {
      if (!end.signal.aborted) changed();
    });
    changed();
    return () => end.abort();
  },
};
