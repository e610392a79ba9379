"""What white space and words are, for the tests of Python and of the page; `make golden` writes it.

The page's side reads it in js/tests/unit/core/white-space.test.ts.
"""

import json
import sys
from pathlib import Path

from rnnviz_widget.words import is_white_space, word_spans

PATH = Path(__file__).with_name("words.json")

TEXTS = [
    "",
    "a",
    " a",
    "ab cde  f\n",
    "one\x1ctwo\x1fthree\x85four\ufefffive\u3000six",
    "😀 d\u0301e\tf\u2009",
]
SYMBOLS = ["", " ", "  ", " a", "\ufeff", "\u200b", "\x1c", "\x85\n"]


def golden():
    return {
        "white_space": [n for n in range(sys.maxunicode + 1) if is_white_space(chr(n))],
        "symbols": [[symbol, is_white_space(symbol)] for symbol in SYMBOLS],
        "words": [[text, word_spans(text)] for text in TEXTS],
    }


def written():
    return json.dumps(golden(), ensure_ascii=True, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    PATH.write_text(written(), encoding="utf-8")
