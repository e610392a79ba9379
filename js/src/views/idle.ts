/** Work for when the browser has nothing else to do. */

/** Calls a function when the browser is idle, with the milliseconds left. */
export function whenIdle(act: (time: () => number) => void): void {
  if ("requestIdleCallback" in window) {
    requestIdleCallback((deadline) => act(() => deadline.timeRemaining()), { timeout: 500 });
  } else {
    setTimeout(() => act(() => 0), 50);
  }
}
