/** Modules that the kernel sends when the reader first opens them: asked for through the door, sent in the trait `_modules`. */
import { onAbort } from "../core/dom";
import { errorMessage } from "../core/errors";
import type { ModuleRequest, PageModule } from "../state/page-module";
import { SILENCE } from "../state/shown-position";
import { NO_ANSWER } from "../views/notices";
import { isFields } from "../wire/fields";
import type { AskDoor } from "./asks";
import { clock } from "./clock";
import {
  type AnyModule,
  type MakeOf,
  type ModuleCode,
  type ModuleName,
  type ModuleSource,
  moduleOf,
} from "./page-modules";
import type { HostModel } from "./position-sync";

/** Who waits for a module, and until when it is no wonder that nothing has come. */
interface Awaited {
  readonly use: (module: AnyModule) => void;
  readonly failed: (words: string) => void;
  readonly end: () => void;
}

/** Modules by their code: several views of a widget run one copy. */
const started = new Map<string, Promise<AnyModule>>();

export class KernelModules implements ModuleSource {
  readonly #here = new Map<ModuleName, AnyModule>();
  readonly #awaited = new Map<ModuleName, Awaited>();
  /** The instruments that the reader has open in this view. */
  readonly #open = new Set<ModuleName>();

  constructor(
    private readonly model: HostModel,
    private readonly asks: AskDoor,
    signal: AbortSignal,
  ) {
    onAbort(signal, () => this.#forget());
  }

  request<Name extends ModuleName>(name: Name): ModuleRequest<MakeOf<Name>> {
    const here = () => (this.#here.get(name) ?? null) as PageModule<MakeOf<Name>> | null;
    return {
      here,
      open: (use, failed) => {
        this.#open.add(name);
        this.#tell();
        const module = here();
        if (module !== null) use(module);
        else this.#await(name, use as Awaited["use"], failed);
      },
      close: () => {
        if (this.#open.delete(name)) this.#tell();
      },
    };
  }

  read(): void {
    for (const name of this.#awaited.keys()) this.#look(name);
  }

  refused(words: string): void {
    for (const { failed, end } of this.#awaited.values()) {
      end();
      failed(words);
    }
  }

  #await(name: ModuleName, use: Awaited["use"], failed: Awaited["failed"]): void {
    this.#awaited.get(name)?.end();
    const silent = () =>
      failed(`${NO_ANSWER} This part of the page waits for it; if it is gone, run the cell again.`);
    this.#awaited.set(name, { use, failed, end: clock.after(SILENCE, silent) });
    this.#look(name);
  }

  #look(name: ModuleName): void {
    const codes = this.model.get("_modules");
    const code = isFields(codes) ? codes[name] : undefined;
    if (typeof code !== "string") return;
    const running = started.get(code) ?? start(code);
    started.set(code, running);
    running.then(
      (module) => {
        this.#here.set(name, module);
        this.#settle(name)?.use(module);
      },
      (error: unknown) =>
        this.#settle(name)?.failed(`This part of the page can't start: ${errorMessage(error)}`),
    );
  }

  #settle(name: ModuleName): Awaited | undefined {
    const awaited = this.#awaited.get(name);
    awaited?.end();
    this.#awaited.delete(name);
    return awaited;
  }

  #tell(): void {
    this.asks.send("modules", { names: [...this.#open] });
  }

  #forget(): void {
    for (const { end } of this.#awaited.values()) end();
    this.#awaited.clear();
    if (this.#open.size === 0) return;
    this.#open.clear();
    this.#tell();
  }
}

/** Runs a module's code the way in which hosts run the widget's own: imported from a blob, fetched from nowhere. */
async function start(code: string): Promise<AnyModule> {
  const url = URL.createObjectURL(new Blob(["export default ", code], { type: "text/javascript" }));
  try {
    const { default: run } = (await import(/* @vite-ignore */ url)) as { default: ModuleCode };
    return moduleOf(run);
  } finally {
    URL.revokeObjectURL(url);
  }
}
