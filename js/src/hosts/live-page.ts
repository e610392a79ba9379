/** The entry script of live pages, which run the models on typed text; their workers run the same script. */
import style from "../views/editor-slot.css";
import { makePredictionGrid } from "../views/prediction-grid";
import { EditorSlot } from "./editor-slot";
import { mountAll } from "./mount";
import { PageModel } from "./page-model";
import { inWorker, serve, startLive } from "./start-live";

if (inWorker()) {
  serve(self as never);
} else {
  const script = document.currentScript?.textContent ?? null;
  const { signal } = new AbortController();
  mountAll(
    (state) => {
      const messages = state["_live"];
      if (!Array.isArray(messages)) return new PageModel(state);
      return startLive({ state, messages, script, signal });
    },
    { editorSlot: EditorSlot, makePredictionGrid, style },
  );
}
