/** The entry script of live pages, which run the models on typed text; their workers run the same script. */
import style from "../editor/editor.css";
import { makePredictionGrid } from "../views/prediction-grid";
import { mountAll } from "./mount";
import { PageModel } from "./page-model";
import { inWorker, serve, startLive } from "./start-live";
import { TextEditing } from "./text-editing";

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
    { textEditing: TextEditing, makePredictionGrid, style },
  );
}
