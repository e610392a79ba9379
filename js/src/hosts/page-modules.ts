/** The modules of the page, by name, and how a view gets them: `rnnviz_widget/share/modules.json` says which there are. */
import type { ModuleRequest, PageModule } from "../state/page-module";
import type { MakeCheckpointAxis } from "../views/checkpoint-axis";
import type { makeClassSearch } from "../views/class-search";
import type { InstrumentName, MakeInstrument } from "../views/instruments";
import type { MakeStory } from "../views/story";
import { sharedCode } from "./shared-code";
import type { makeTextEditing } from "./text-editing";

export interface PageModules extends Readonly<Record<InstrumentName, PageModule<MakeInstrument>>> {
  readonly editor: PageModule<typeof makeTextEditing>;
  readonly "class-search": PageModule<typeof makeClassSearch>;
  readonly checkpoints: PageModule<MakeCheckpointAxis>;
  readonly story: PageModule<MakeStory>;
}

export type ModuleName = keyof PageModules;

export type AnyModule = PageModules[ModuleName];

/** What makes the module `Name`. */
export type MakeOf<Name extends ModuleName> = PageModules[Name]["make"];

/** The code of a module as the build wraps it: it takes what it uses of the first bundle, and hands out the module. */
export type ModuleCode = (shared: typeof sharedCode, give: (module: AnyModule) => void) => void;

/** Where the modules of one view come from. */
export interface ModuleSource {
  request<Name extends ModuleName>(name: Name): ModuleRequest<MakeOf<Name>>;
  /** The host has set the trait with the modules' code. */
  read(): void;
  /** What was asked for is not sent. */
  refused(words: string): void;
}

/** Modules that are here from the beginning: those in the page's own document. */
export class ModulesHere implements ModuleSource {
  constructor(private readonly modules: Partial<PageModules>) {}

  request<Name extends ModuleName>(name: Name): ModuleRequest<MakeOf<Name>> {
    const here = () => (this.modules[name] ?? null) as PageModule<MakeOf<Name>> | null;
    return {
      here,
      open: (use, failed) => {
        const module = here();
        if (module === null) failed("This page was saved without this part of it.");
        else use(module);
      },
      close: () => undefined,
    };
  }

  read(): void {}

  refused(): void {}
}

/** The module that a code hands out. */
export function moduleOf(run: ModuleCode): AnyModule {
  const given: AnyModule[] = [];
  run(sharedCode, (module) => given.push(module));
  const [module] = given;
  if (module === undefined) throw new Error("its code hands out nothing.");
  return module;
}

/** The modules that scripts before this one have put into the document, as `share/page.py` writes them. */
export function modulesOfDocument(): ModulesHere {
  const codes = (globalThis as { rnnvizModules?: Readonly<Record<string, ModuleCode>> })
    .rnnvizModules;
  const modules = Object.entries(codes ?? {}).map(([name, run]) => [name, moduleOf(run)]);
  return new ModulesHere(Object.fromEntries(modules));
}
