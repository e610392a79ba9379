/** The host's model, in which a view can show other values of some traits: those of a checkpoint that the page has. */
import type { Fields } from "../wire/fields";
import type { HostModel, InPageModels } from "./position-sync";

export class ShownTraits implements HostModel {
  #instead: Fields = {};
  readonly #sceneReaders: (() => void)[] = [];

  constructor(private readonly model: HostModel) {}

  get alone(): boolean {
    return this.model.alone === true;
  }

  get inPage(): InPageModels | undefined {
    return this.model.inPage;
  }

  get(name: string): unknown {
    return name in this.#instead ? this.#instead[name] : this.model.get(name);
  }

  set(name: string, value: unknown): void {
    this.model.set(name, value);
  }

  save_changes(): void {
    this.model.save_changes?.();
  }

  on(event: string, act: () => void): void {
    this.model.on(event, act);
    if (event === "change:_scene") this.#sceneReaders.push(act);
  }

  /** Shows a scene, and what belongs to it, in place of the host's; {}: the host's again. */
  show(instead: Fields): void {
    const before = this.get("_scene");
    this.#instead = instead;
    if (this.get("_scene") === before) return;
    // Whoever reads a scene reads all that belongs to it.
    for (const read of this.#sceneReaders) read();
  }
}
