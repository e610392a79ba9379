import { describe, expect, it, onTestFinished, vi } from "vitest";
import curves from "../../src/hosts/training-curves";
import { FakeModel } from "../fake-model";
import { curvesMessage, pointOf } from "../training";

const POINTS = [0, 100, 200].map((step) =>
  pointOf(step, {
    loss: 3 - step / 100,
    reach: 1 + step / 50,
    effective: 5,
    check: step / 100 - 1,
  }),
);
const SENT = { step: 230, shown: 200, kept: 3, points: POINTS };

function show(sent: Parameters<typeof curvesMessage>[0] | null, width = 800) {
  const model = new FakeModel({ _curves: sent === null ? {} : curvesMessage(sent) });
  const el = document.createElement("div");
  el.style.width = `${width}px`;
  document.body.append(el);
  const end = curves.render({ model, el });
  onTestFinished(() => {
    end();
    el.remove();
  });
  const text = (name: string) => el.querySelector(`.rnnviz-training-${name}`)?.textContent;
  const values = () =>
    [...el.querySelectorAll(".rnnviz-curve-value")].map((each) => each.textContent);
  const slider = el.querySelector<HTMLElement>("[role=slider]") as HTMLElement;
  return { model, el, text, values, slider };
}

function point(el: HTMLElement, part: number): void {
  const plot = el.querySelectorAll(".rnnviz-curve-plot")[1] as HTMLElement;
  const { left, width, top } = plot.getBoundingClientRect();
  const at = { clientX: left + part * width, clientY: top + 10, bubbles: true };
  plot.dispatchEvent(new PointerEvent("pointermove", at));
}

describe("the curves of a training", () => {
  it("tell the newest checkpoint at rest, and the one that is pointed at", () => {
    const { el, text, values, slider } = show(SENT);
    expect(text("title")).toBe("LSTM step 230 · 3 checkpoints · the loop is not running");
    expect(text("words")).toBe(
      "Step 200: loss 1, reach 5 characters, 5 effective characters, check +1",
    );
    expect(values()).toEqual(["1", "5", "5", "+1"]);
    point(el, 0.45);
    expect(text("words")).toContain("Step 100: loss 2, reach 3 characters");
    expect(values()).toEqual(["2", "3", "5", "+0"]);
    slider.dispatchEvent(new PointerEvent("pointerleave"));
    expect(text("words")).toContain("Step 200");
  });

  it("are walked by keys, and say it to a screen reader", () => {
    const { slider, text } = show(SENT);
    const press = (key: string) => {
      const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
      slider.dispatchEvent(event);
      return event.defaultPrevented;
    };
    slider.focus();
    expect(press("ArrowLeft")).toBe(true);
    expect(slider.getAttribute("aria-valuetext")).toContain("Step 100");
    press("Home");
    expect(slider.getAttribute("aria-valuenow")).toBe("0");
    press("ArrowLeft");
    expect(text("words")).toContain("Step 0");
    press("Escape");
    expect(text("words")).toContain("Step 200");
    expect(press("x")).toBe(false);
  });

  it("keep the checkpoint that is pointed at when others come", () => {
    const { model, el, text } = show(SENT);
    point(el, 0.5);
    const points = [...POINTS, pointOf(300, { reach: 9 })];
    model.receive({ _curves: curvesMessage({ ...SENT, points, kept: 4 }) });
    expect(text("words")).toContain("Step 100");
    expect(text("title")).toContain("4 checkpoints");
  });

  it("wait for the first checkpoint, and show one", () => {
    const { model, text, el } = show({ step: 3 });
    expect(text("words")).toBe("The curves begin with the first checkpoint.");
    model.receive({ _curves: curvesMessage({ points: [pointOf(0, { reach: 2 })], kept: 1 }) });
    expect(text("words")).toBe("Step 0: reach 2 characters");
    expect(el.querySelectorAll("[data-empty]").length).toBe(3);
  });

  it("say what went wrong, as text", () => {
    const { el, text } = show({ ...SENT, note: "<b>No space</b> left." });
    expect(text("note")).toBe("<b>No space</b> left.");
    expect(el.querySelector(".rnnviz-training-note b")).toBeNull();
  });

  it("say that they can't be read", () => {
    const { el, model } = show(null);
    const error = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => error.mockRestore());
    model.receive({ _curves: { name: 3 } });
    expect(error).toHaveBeenCalled();
    expect(el.textContent).toContain("The curves can't be drawn:");
  });

  it("fit a narrow page", () => {
    const { el } = show(
      { ...SENT, name: "A long name ".repeat(12), note: "path/".repeat(40) },
      320,
    );
    expect(el.scrollWidth).toBeLessThanOrEqual(320);
    expect(el.querySelector<HTMLElement>("[role=slider]")?.tabIndex).toBe(0);
  });
});
