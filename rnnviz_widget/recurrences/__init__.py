"""Recurrences that are linear in their state: computed at once, and registered for modules.

A layer such as minGRU, Mamba's selective scan, linear attention or DeltaNet, written as a loop over
the text, has a graph of many small operations, through which autograd goes back for every row.
Written with `diagonal` or `outer_products` it has one, for many rows at once. `register` says so of
modules that are written otherwise.
"""

from .diagonal import diagonal
from .outer_products import outer_products
from .registered import Replacement, register, replaced, replacements_in

__all__ = [
    "Replacement",
    "diagonal",
    "outer_products",
    "register",
    "replaced",
    "replacements_in",
]
