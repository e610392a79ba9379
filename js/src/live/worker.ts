/** The worker: answers the page's requests, one after the other. */
import { type ModelRequest, makeModelServer, type Reply } from "./protocol";

/** The part of a worker's global scope that is used. */
export interface Scope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(reply: Reply): void;
}

export function serve(scope: Scope): void {
  const server = makeModelServer();
  scope.onmessage = ({ data }) => scope.postMessage(server(data as ModelRequest));
}

/** Whether this script runs in a worker. */
export function inWorker(): boolean {
  return typeof document === "undefined" && typeof postMessage === "function";
}
