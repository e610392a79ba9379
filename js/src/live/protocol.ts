/** What is asked of the models, and what they reply; the same in a worker and beside the page. */

import type { Sent } from "./message";
import { LiveKernel, type Message } from "./models";
import { TextError } from "./truth";

export type Ask =
  | { readonly kind: "load"; readonly models: readonly Sent[] }
  | { readonly kind: "read"; readonly epoch: number; readonly text: string }
  | { readonly kind: "row"; readonly epoch: number; readonly position: number };

export type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "scene"; readonly epoch: number; readonly scene: Message }
  | { readonly kind: "answer"; readonly answer: Message; readonly strips: Message }
  /** What was asked can't be done; the text read before stays. */
  | { readonly kind: "refused"; readonly words: string; readonly unknown?: readonly number[] };

/** One reply to each ask, in their order. */
export function makeDesk(): (ask: Ask) => Reply {
  let kernel: LiveKernel | null = null;
  const reply = (ask: Ask): Reply => {
    if (ask.kind === "load") {
      kernel = new LiveKernel(ask.models);
      return { kind: "ready" };
    }
    if (kernel === null) return { kind: "refused", words: "No model could be started." };
    const { epoch } = ask;
    if (ask.kind === "read") return { kind: "scene", epoch, scene: kernel.scene(epoch, ask.text) };
    const answer = kernel.answer(epoch, ask.position);
    return { kind: "answer", answer, strips: kernel.strips(epoch, ask.position) };
  };
  return (ask) => {
    try {
      return reply(ask);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      if (!(error instanceof TextError)) {
        return { kind: "refused", words: `The model failed: ${words}` };
      }
      return { kind: "refused", words, unknown: error.unknown };
    }
  };
}
