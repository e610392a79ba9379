"""Prepares texts, and trains and measures autocomplete models. Command line: see `__main__`.

prepare("some text" or Path("text.txt"), folder)     writes a Corpus to a folder, and returns it
load(folder)                                         returns a Corpus that was prepared before
Run(Settings(...), corpus, folder).train()           trains; `Run.trained` returns the model
last_texts(corpus, "test", 100, 400)                 texts for `rnnviz_widget.evaluate`
evaluate_lookups(corpus, 8192, texts)                the same figures for two lookups (baselines)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnviz_widget.training.baselines import evaluate_lookups
    from rnnviz_widget.training.preparation import prepare
    from rnnviz_widget.training.settings import Settings
    from rnnviz_widget.training.text8 import Corpus, load
    from rnnviz_widget.training.texts import last_texts
    from rnnviz_widget.training.train import Run

__all__ = ["Corpus", "Run", "Settings", "evaluate_lookups", "last_texts", "load", "prepare"]

_PLACES = {
    "Corpus": "text8",
    "Run": "train",
    "Settings": "settings",
    "evaluate_lookups": "baselines",
    "last_texts": "texts",
    "load": "text8",
    "prepare": "preparation",
}


def __getattr__(name: str) -> Any:
    # Modules are imported on first use, so that nothing is loaded that is not needed.
    if name in _PLACES:
        return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
