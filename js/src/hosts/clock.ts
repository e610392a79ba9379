/** The browser's clock; tests use one that they advance by hand. */
import type { Clock } from "./position-sync";

export const clock: Clock = {
  frame: (act) => void requestAnimationFrame(act),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
