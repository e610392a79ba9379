/** The way to the models: a worker where one can start, else the page's own thread. */

import type { Sent } from "./message";
import { type Ask, makeDesk, type Reply } from "./protocol";

export interface Line {
  ask(ask: Ask): void;
  close(): void;
}

/** How long a worker may take to load the models before they are loaded in the page. */
const STARTING = 10_000;

/**
 * `script` is the text of a classic script that calls `serve` in a worker; null: there is none. What is asked before
 * the models are ready waits. `heard` gets one reply to each ask.
 */
export function openLine(
  models: readonly Sent[],
  script: string | null,
  heard: (reply: Reply) => void,
): Line {
  const waiting: Ask[] = [];
  let way: Line | null = null;
  let closed = false;
  const take = (line: Line) => {
    way = line;
    for (const ask of waiting.splice(0)) line.ask(ask);
  };
  const start = startWorker(models, script, heard, (line) => {
    if (!closed) take(line ?? beside(models, heard));
  });
  return {
    ask: (ask) => void (way === null ? waiting.push(ask) : way.ask(ask)),
    close: () => {
      closed = true;
      start?.terminate();
      way?.close();
    },
  };
}

/** Calls `started` with the line, or with null where a sandbox or a policy lets no worker start. */
function startWorker(
  models: readonly Sent[],
  script: string | null,
  heard: (reply: Reply) => void,
  started: (line: Line | null) => void,
): Worker | null {
  if (script === null) {
    started(null);
    return null;
  }
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  let worker: Worker | null = null;
  const settle = (line: Line | null) => {
    clearTimeout(timer);
    URL.revokeObjectURL(url);
    if (line === null) worker?.terminate();
    started(line);
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
        heard({ kind: "refused", words: `The model failed: ${message}.` });
      };
      live.onmessage = (event) => heard(event.data as Reply);
      settle({ ask: (ask) => live.postMessage(ask), close: () => live.terminate() });
    };
    worker.postMessage({ kind: "load", models } satisfies Ask);
  } catch {
    worker?.terminate();
    worker = null;
    settle(null);
  }
  return worker;
}

function beside(models: readonly Sent[], heard: (reply: Reply) => void): Line {
  const desk = makeDesk();
  const loaded = desk({ kind: "load", models });
  let open = true;
  return {
    // Not at once: the page paints what was typed first.
    ask: (ask) =>
      void setTimeout(() => {
        if (open) heard(loaded.kind === "ready" ? desk(ask) : loaded);
      }),
    close: () => {
      open = false;
    },
  };
}
