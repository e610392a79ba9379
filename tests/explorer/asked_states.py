"""Asks for the states of units, as the page sends them."""

from rnnviz_widget.scene.unit_asks import AskStates

WAIT = 30


def asking(serial, around=0, layers=("forget of layer 1",) * 2, **more):
    given = {
        "models": [0, 1],
        "curves": [None, None],
        "values": True,
        "order": "number",
        "carried": None,
        "route": None,
        "memory": "none",
        "lens": None,
    }
    return AskStates(serial, around, layers=layers, **{**given, **more})


def ask(explorer, heard, **asked):
    """The reply to an ask, which may come at once or later."""
    found = explorer.instruments["states"].ask(asking(7, **asked))
    return found or heard.get(timeout=WAIT)
