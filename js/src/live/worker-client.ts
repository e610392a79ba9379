/** Sends requests to the models: in a worker if one can start, else in the page's thread. */

import type { ModelSpec } from "./message";
import { type ModelRequest, makeModelServer, type Reply } from "./protocol";

export interface ModelClient {
  ask(ask: ModelRequest): void;
  close(): void;
}

/** How long a worker may take to load the models before they are loaded in the page, in milliseconds. */
const STARTING = 10_000;

/**
 * `script` is the source of a classic script that calls `serve` in a worker; null: there is none. Requests made before
 * the models are ready wait. `onReply` gets one reply to each request.
 */
export function openModelClient(
  models: readonly ModelSpec[],
  script: string | null,
  onReply: (reply: Reply) => void,
): ModelClient {
  const waiting: ModelRequest[] = [];
  let open: ModelClient | null = null;
  let closed = false;
  const take = (client: ModelClient) => {
    open = client;
    for (const ask of waiting.splice(0)) client.ask(ask);
  };
  const start = startWorker(models, script, onReply, (client) => {
    if (!closed) take(client ?? inThisThread(models, onReply));
  });
  return {
    ask: (ask) => void (open === null ? waiting.push(ask) : open.ask(ask)),
    close: () => {
      closed = true;
      start?.terminate();
      open?.close();
    },
  };
}

/** Calls `started` with the worker, or with null if a sandbox or a policy forbids workers. */
function startWorker(
  models: readonly ModelSpec[],
  script: string | null,
  onReply: (reply: Reply) => void,
  started: (client: ModelClient | null) => void,
): Worker | null {
  if (script === null) {
    started(null);
    return null;
  }
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  let worker: Worker | null = null;
  const settle = (client: ModelClient | null) => {
    clearTimeout(timer);
    URL.revokeObjectURL(url);
    if (client === null) worker?.terminate();
    started(client);
  };
  const timer = setTimeout(() => settle(null), STARTING);
  try {
    worker = new Worker(url);
    worker.onerror = (event) => {
      event.preventDefault();
      settle(null);
    };
    worker.onmessage = ({ data }) => {
      const live = worker;
      if (live === null || (data as Reply).kind !== "ready") {
        settle(null);
        return;
      }
      live.onerror = ({ message }) => {
        onReply({ kind: "refused", words: `The model failed: ${message}.` });
      };
      live.onmessage = (event) => onReply(event.data as Reply);
      settle({ ask: (ask) => live.postMessage(ask), close: () => live.terminate() });
    };
    worker.postMessage({ kind: "load", models } satisfies ModelRequest);
  } catch {
    worker?.terminate();
    worker = null;
    settle(null);
  }
  return worker;
}

function inThisThread(models: readonly ModelSpec[], onReply: (reply: Reply) => void): ModelClient {
  const server = makeModelServer();
  const loaded = server({ kind: "load", models });
  let open = true;
  return {
    // Deferred, so that the page paints the typed text first.
    ask: (ask) =>
      void setTimeout(() => {
        if (open) onReply(loaded.kind === "ready" ? server(ask) : loaded);
      }),
    close: () => {
      open = false;
    },
  };
}
