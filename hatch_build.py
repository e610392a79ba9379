"""The README as the built package has it: links into the repository made absolute.

A package index shows the README without the files beside it: pictures and links that are relative
would lead nowhere there. They are made of `Source` in `[project.urls]` and the version's tag.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURES = re.compile(r'((?:src|srcset)="|!\[[^\]]*\]\()(?![a-z]+:|#)([^)"]+)')
_LINKS = re.compile(r"(\]\()(?![a-z]+:|#)([^)]+)")


def with_absolute_links(text: str, source: str, tag: str) -> str:
    """Markdown whose links into the repository lead there from anywhere.

    Args:
        text: The Markdown; a link that has a scheme, or leads to a heading, stays as it is.
        source: The repository's address.
        tag: The state of the repository to link to.
    """
    text = _PICTURES.sub(rf"\g<1>{source}/raw/{tag}/\g<2>", text)
    return _LINKS.sub(rf"\g<1>{source}/blob/{tag}/\g<2>", text)


class ReadmeHook(MetadataHookInterface):
    """Called by hatchling for whatever it builds."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the field `readme`, which `[project]` lists as dynamic."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        text = with_absolute_links(text, metadata["urls"]["Source"], f"v{metadata['version']}")
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
