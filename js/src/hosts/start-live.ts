/** Starts a live page's models; the only function that an entry script needs. */

import { decodeModel } from "../live/message";
import { LiveHost } from "./live-host";
import { PageModel, type State } from "./page-model";

export { inWorker, serve } from "../live/worker";

export interface LiveOptions {
  /** The saved traits. */
  readonly state: State;
  /** The models as `live_message` packed them, in the order of the scene's facets. */
  readonly messages: readonly unknown[];
  /** The source of the running script, which calls `serve` in a worker; null: the models run in the page's thread. */
  readonly script: string | null;
  readonly signal: AbortSignal;
}

/** The model for the widget; throws a `WireError` if a message can't be read. */
export function startLive({ state, messages, script, signal }: LiveOptions): PageModel {
  const models = messages.map(decodeModel);
  const reader = new LiveHost(models, state, script);
  const model = new PageModel(state, reader);
  reader.attach(model);
  signal.addEventListener("abort", () => reader.close());
  return model;
}
