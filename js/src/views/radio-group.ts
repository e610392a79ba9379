/** A radio group: one stop of the tab key, arrows choose, and the layout does not change with the choice. */
import { consume, label, listen, make, makeButton, mark } from "../core/dom";

export interface RadioChoice<Name extends string> {
  readonly name: Name;
  readonly label: string;
  /** What it does, in words. */
  readonly title: string;
}

export class RadioGroup<Name extends string> {
  readonly el: HTMLElement;
  readonly #buttons: readonly HTMLButtonElement[];

  constructor(
    name: string,
    private readonly choices: readonly RadioChoice<Name>[],
    chosen: (name: Name) => void,
    signal: AbortSignal,
  ) {
    this.#buttons = choices.map(({ label: words, title, name }) => {
      const button = makeButton("choice", words, title);
      mark(button, "role", "radio");
      button.dataset["choice"] = name;
      listen(button, "click", () => chosen(name), signal);
      return button;
    });
    this.el = make("span", "switch", make("span", "switch-label", name), ...this.#buttons);
    label(this.el, "radiogroup", name);
    listen(this.el, "keydown", (event) => this.#key(event, chosen), signal);
  }

  show(name: Name): void {
    this.choices.forEach((choice, i) => {
      const button = this.#buttons[i];
      if (button === undefined) return;
      const on = choice.name === name;
      mark(button, "aria-checked", String(on));
      button.tabIndex = on ? 0 : -1;
    });
  }

  #key(event: KeyboardEvent, chosen: (name: Name) => void): void {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = this.#buttons.indexOf(event.target as HTMLButtonElement);
    if (step === undefined || at < 0) return;
    consume(event);
    const next = (at + step + this.#buttons.length) % this.#buttons.length;
    const choice = this.choices[next];
    if (choice === undefined) return;
    chosen(choice.name);
    this.#buttons[next]?.focus();
  }
}
