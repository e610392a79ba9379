"""Pictures to draw in tests, and what is read back out of them."""

from html.parser import HTMLParser

import facets
import numpy as np

from rnnviz_widget.picture import Picture, facet_picture
from rnnviz_widget.scene.facet import ExplainedClass, MeasureInfo
from rnnviz_widget.scene.reads import Reads

LABEL = "L2 norm of the gradient"


def facet(text, position, *, name="GRU", seed=0, signed=False, causal=True, **more):
    rng = np.random.default_rng(seed)
    spans = more.pop("spans", [(p, p + 1) for p in range(len(text))])
    size = len(spans)
    token = more.pop("token", position)
    classes = more.pop("classes", ["learning", "legal", "<length>", "le"])
    reads = Reads.up_to_own(size) if causal else Reads.everything(size)
    reads = more.pop("reads", reads)
    scores = rng.gamma(0.4, size=token + 1 if reads.causal else size)
    if signed:
        scores *= rng.choice([-1, 1], size=len(scores))
    note = more.pop("note", None)
    target = more.pop("target", ExplainedClass(classes[0], 0.575, 1, "the word being typed"))
    facts = facets.facet(
        text,
        spans=spans,
        unknown=more.pop("unknown", []),
        name=name,
        reads=reads,
        measure=MeasureInfo("norm", signed, LABEL),
        notes=[] if note is None else [note],
        classes=[*classes, target.name],
        top=np.tile(np.arange(len(classes[:3])), (size, 1)),
        top_probabilities=np.tile([0.575, 0.076, 0.044][: len(classes)], (size, 1)),
        explained=facets.explained(
            [len(classes)] * size,
            [target.probability] * size,
            [target.rank] * size,
            [target.reason] * size,
        ),
    )
    return facet_picture(facts, token, more.pop("scores", scores), **more)


def picture(text="a young age through advanced learning", position=31, *, signed=False, **more):
    given = more.pop("facets", None)
    if given is None:
        given = [facet(text, position, signed=signed, **more)]
    return Picture(position, tuple(given))


class Parsed(HTMLParser):
    """The tags, attributes, styles and text of a fragment; `texts` are its stretches to read."""

    def __init__(self, fragment):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.styles, self.open = set(), set(), [], []
        self.data, self.texts, self.others = [], [], []
        self.inside = None  # how deep the text is that is being read
        self.feed(fragment)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        styles = dict(attributes).get("style", "")
        self.attributes.update(name for name, _ in attributes)
        self.styles += [style for style in styles.split(";") if style]
        self.open.append(tag)
        if "pre-wrap" in styles:
            self.texts.append("")
            self.inside = len(self.open)

    def handle_endtag(self, tag):
        if len(self.open) == self.inside:
            self.inside = None
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.data.append(data)
        if self.inside is not None:
            self.texts[-1] += data

    def handle_comment(self, data):
        self.others.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    @property
    def words(self):
        return "".join(self.data)
