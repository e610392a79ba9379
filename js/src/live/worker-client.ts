/** The way to the models: a worker where one can start, else the page's own thread. */

import type { ModelSpec } from "./message";
import { type ModelRequest, makeModelServer, type Reply } from "./protocol";

export interface ModelClient {
  ask(ask: ModelRequest): void;
  close(): void;
}

/** How long a worker may take to load the models before they are loaded in the page. */
const STARTING = 10_000;

/**
 * `script` is the text of a classic script that calls `serve` in a worker; null: there is none. What is asked before
 * the models are ready waits. `onReply` gets one reply to each ask.
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

/** Calls `started` with the line, or with null where a sandbox or a policy lets no worker start. */
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
    // Not at once: the page paints what was typed first.
    ask: (ask) =>
      void setTimeout(() => {
        if (open) onReply(loaded.kind === "ready" ? server(ask) : loaded);
      }),
    close: () => {
      open = false;
    },
  };
}
