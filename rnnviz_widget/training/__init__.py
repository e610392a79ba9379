"""From a text to trained and measured autocomplete models. Command line: see `__main__`.

prepare("some text" or Path("text.txt"), folder)     a Corpus, laid out in a folder
load(folder)                                         the same, later
Run(Settings(...), corpus, folder).train()           a model; `Run.trained` hands it out
last_texts(corpus, "test", 100, 400)                 texts to evaluate on: `rnnviz_widget.evaluate`
evaluate_lookups(corpus, 8192, texts)                what counting scores on them
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
    # On first use: the command line, and whoever needs one room only, load no more than that.
    if name in _PLACES:
        return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
