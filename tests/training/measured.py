"""A small model that says how it was trained, and how much of the test part to measure it on."""

from small import seeded

from rnnviz_widget.models.autocomplete import SYMBOLS, Autocomplete
from rnnviz_widget.models.checkpoint import Trained
from rnnviz_widget.training.settings import Settings

CLASSES = 15
SIZES = {"characters": 3000, "length": 300, "memory_texts": 4, "memory_length": 200}
SETTINGS = Settings(units=6, layers=1, classes=CLASSES, streams=4, length=30, characters=2400)


def trained_on(corpus, cell="gru", **options):
    module = seeded(Autocomplete, cell=cell, units=6, layers=1, classes=CLASSES, **options)
    about = {
        "text": f"the first {corpus.parts['training'][1]:,} characters of {corpus.name}",
        "characters": 2400,
        "steps": 20,
        "seconds": 90,
        "settings": SETTINGS.as_dict(),
        "budgets": [[0, 2400]],
    }
    return Trained(module.eval(), SYMBOLS, corpus.classes(CLASSES), about)
