/** The worker's end: answers what the page asks, one after the other. */
import { type ModelRequest, makeModelServer, type Reply } from "./protocol";

/** What is used of a worker's global scope. */
export interface Scope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(reply: Reply): void;
}

export function serve(scope: Scope): void {
  const server = makeModelServer();
  scope.onmessage = ({ data }) => scope.postMessage(server(data as ModelRequest));
}

/** Whether this script runs in a worker, where there is no page. */
export function inWorker(): boolean {
  return typeof document === "undefined" && typeof postMessage === "function";
}
