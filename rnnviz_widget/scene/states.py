"""Where in a model there are hidden states, gates and other units."""

from __future__ import annotations

from dataclasses import dataclass

REVERSE = "_reverse"
"""What the names of kinds end in that belong to the direction from right to left."""


def layer_name(kind: str, layer: int, module: str | None) -> str:
    """What a layer and a kind are called: "forget of layer 1 of cell"; `module` may be left out."""
    return f"{kind} of layer {layer}" + (f" of {module}" if module else "")


@dataclass(frozen=True)
class StatePlace:
    """A layer and a kind of its units.

    Attributes:
        module: The submodule's name, "" for the module itself; or that of a list of blocks.
        layer: The layer's number in that submodule, the lowest is 0; or the block's number.
        kind: What its units are, such as "hidden", "cell" or "forget". Those of the direction that
            reads from right to left end in "_reverse".
        units: How many units there are, H.
    """

    module: str
    layer: int
    kind: str
    units: int

    @property
    def is_carried(self) -> bool:
        """Whether it is a state, which goes on to the next step; a gate does not."""
        return self.kind.removesuffix(REVERSE).endswith(("hidden", "cell"))

    def __str__(self) -> str:
        return layer_name(self.kind, self.layer, self.module or "the module")
