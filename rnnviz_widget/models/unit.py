"""Units as targets: what a gate, a state or an activation depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rnnviz_widget.engines import clean_torch
from rnnviz_widget.engines.states.altered import unit_network
from rnnviz_widget.scene.layer_words import layer_words
from rnnviz_widget.scene.states import layer_name

from .find_place import check_unit, find_place
from .states import states_of_module

if TYPE_CHECKING:
    from .sequence import SequenceModel


@dataclass(frozen=True)
class Unit:
    """A target that is no class but a unit inside: its value at each token is explained.

    Attributes:
        module: The submodule's name, such as "lstm"; None: the layer's number counts all layers of
            the model.
        layer: The layer's number, from the end if negative; see `SequenceModel.states`.
        kind: "hidden", "cell", "forget", ...; see `SequenceModel.states`.
        index: The unit's number.

    Example:
        >>> Unit("lstm", layer=1, kind="forget", index=17)
        rv.Unit('lstm', layer=1, kind='forget', index=17)
    """

    module: str | None = None
    layer: int = field(default=0, kw_only=True)
    kind: str = field(default="hidden", kw_only=True)
    index: int = field(kw_only=True)

    def __post_init__(self) -> None:
        """Check what can be checked without a model.

        Raises:
            TypeError: If a name is no text.
        """
        if not (self.module is None or isinstance(self.module, str)):
            raise TypeError(f'a module is named, as rv.Unit("lstm", ...); got {self.module!r}')
        if not isinstance(self.kind, str):
            raise TypeError(f'a kind is named, such as kind="forget"; got {self.kind!r}')

    def __repr__(self) -> str:
        module = "" if self.module is None else f"{self.module!r}, "
        return f"rv.Unit({module}layer={self.layer}, kind={self.kind!r}, index={self.index})"

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        where = layer_words(layer_name(self.kind, self.layer, self.module))
        return f"unit {self.index}, {where}"


def for_target(model: SequenceModel, target: object, text: str) -> SequenceModel:
    """What is asked about a target: the model itself; for a unit, the same model as `of_unit`.

    It has the model's name.

    Raises:
        ValueError, IndexError: As `of_unit`.
    """
    if not isinstance(target, Unit):
        return model
    other = of_unit(model, target, text=text)
    other.name = model.name
    return other


def of_unit(self: SequenceModel, unit: Unit, *, text: str) -> SequenceModel:
    """A model of the same weights that gives the value of one unit, in place of its classes.

    All that is done with a model of one number can be done with it. It keeps the weights that the
    model has now: `refresh()` leaves it as it is.

    Args:
        self: The model.
        unit: The unit.
        text: A text that the model can read, by which the unit is found.

    Raises:
        TypeError: If `unit` is no `Unit`, or the model can't read the text.
        ValueError, IndexError: If there is no such module, layer, kind or unit; or the module can't
            be copied.
    """
    if not isinstance(unit, Unit):
        raise TypeError(f"expected an rv.Unit; got {unit!r}")
    places = states_of_module(self, text, unit.module).places
    place = find_place(places, unit.layer, unit.kind, unit.module)
    index = check_unit(unit.index, place)
    with clean_torch():
        other = self.snapshot(unit_network(self.network, place, index))
    other.name = f"{self.name}, {unit.words}"
    other.outputs, other.classes = (unit.words,), {unit.words: 0}
    other.truth, other.unit, other.of = "none", "", None
    return other
