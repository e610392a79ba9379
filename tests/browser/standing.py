"""The picture that stands where no script of ours runs, read as the browser draws it."""

import re

from browser.picture import Picture, Span, rgb

SPANS = """(root, name) => {
    const title = [...root.querySelectorAll("b")].find((b) => b.textContent === name);
    const text = title.parentElement.parentElement.lastElementChild;
    return [...text.childNodes].flatMap((node) => {
        const inside = node.nodeType === Node.ELEMENT_NODE;
        const style = getComputedStyle(inside ? node : text);
        const lined = inside && style.borderBottomWidth !== "0px";
        return Array.from(node.textContent, (character) => ({
            text: character,
            background: inside ? style.backgroundColor : "rgba(0, 0, 0, 0)",
            image: inside ? style.backgroundImage : "none",
            ink: style.color,
            underline: lined ? style.borderBottomColor : "rgba(0, 0, 0, 0)",
        }));
    }).filter(({ text }) => text !== "\\n");
}"""
BAR = """(root) => [...root.querySelectorAll("span")]
    .map((span) => getComputedStyle(span).backgroundImage)
    .find((image) => image.includes("to right"))"""


class Standing(Picture):
    """A standing picture; `root` is what holds it."""

    def spans(self, name):
        return [
            Span(
                one["text"],
                rgb(one["background"]),
                rgb(one["ink"]),
                rgb(one["underline"]),
                hatched="gradient" in one["image"],
                future="gradient" in one["image"],
            )
            for one in self.root.evaluate(SPANS, name)
        ]

    def legend(self):
        [said] = re.findall(r"0 \xa0+ (?:≥ )?([\d.e-]+) %", self.root.text_content())
        colours = re.findall(r"rgb\([^)]*\)", self.root.evaluate(BAR))
        return float(said) / 100, [rgb(one) for one in colours]
