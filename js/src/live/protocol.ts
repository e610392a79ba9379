/** Requests to the models in the page, and their replies; the same with and without a worker. */

import { errorMessage } from "../core/errors";
import type { Answer, OutputChecks, SceneMessage, Strips } from "../wire";
import type { ModelSpec } from "./message";
import { LiveModels } from "./models";
import { TextError } from "./truth";

export type ModelRequest =
  | { readonly kind: "load"; readonly models: readonly ModelSpec[] }
  | { readonly kind: "read"; readonly epoch: number; readonly text: string }
  | { readonly kind: "row"; readonly epoch: number; readonly position: number }
  | {
      readonly kind: "check";
      readonly epoch: number;
      readonly position: number;
      readonly serial: number;
    };

export type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "scene"; readonly scene: SceneMessage }
  /** The models that are done; asked again, it goes on. */
  | { readonly kind: "check"; readonly checks: OutputChecks }
  | { readonly kind: "answer"; readonly answer: Answer; readonly strips: Strips }
  /** The request failed; the text read before stays. */
  | { readonly kind: "refused"; readonly words: string; readonly unknown?: readonly number[] };

/** One reply to each request, in order. */
export function makeModelServer(): (ask: ModelRequest) => Reply {
  let kernel: LiveModels | null = null;
  const reply = (ask: ModelRequest): Reply => {
    if (ask.kind === "load") {
      kernel = new LiveModels(ask.models);
      return { kind: "ready" };
    }
    if (kernel === null) return { kind: "refused", words: "No model could be started." };
    const { epoch } = ask;
    if (ask.kind === "read") return { kind: "scene", scene: kernel.scene(epoch, ask.text) };
    if (ask.kind === "check") {
      return { kind: "check", checks: kernel.check(epoch, ask.position, ask.serial) };
    }
    const answer = kernel.answer(epoch, ask.position);
    return { kind: "answer", answer, strips: kernel.strips(epoch, ask.position) };
  };
  return (ask) => {
    try {
      return reply(ask);
    } catch (error) {
      const words = errorMessage(error);
      if (!(error instanceof TextError)) {
        return { kind: "refused", words: `The model failed: ${words}` };
      }
      return { kind: "refused", words, unknown: error.unknown };
    }
  };
}
