"""Writes the page's half of the contract from the records of `rnnviz_widget.scene`.

`python tools/wire` writes js/src/wire/generated.ts, the types of all messages and what decodes
them, and the tables of docs/wire.md. A test compares both files with what this would write.
"""

from contract import PAGE, TYPESCRIPT
from page_records import typescript
from tables import page

TYPESCRIPT.write_text(typescript(), encoding="utf-8")
PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
