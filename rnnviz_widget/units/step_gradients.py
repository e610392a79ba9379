"""`StepGradients`: the gradients of a loss at the states after each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnviz_widget.picture.colors import palette_of
from rnnviz_widget.picture.export import matplotlib_needed

from .along_time import Floats
from .numbers_in_words import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FLOOR = 1e-300


@dataclass(frozen=True, eq=False, repr=False)
class StepGradients:
    """dL/dh_t for each step t of a batch.

    Attributes:
        name: The layer's class.
        loss: The loss, L.
        names: What each tensor of the state is: "h" and "c", or "layer 1, h".
        gradients: The gradient of each, (T, B, H): at the state after each step.
    """

    name: str
    loss: float
    names: Sequence[str]
    gradients: Sequence[Floats]

    @property
    def norms(self) -> Floats:
        """The L2 norm over the batch and the units, by step and tensor, (T, number of tensors)."""
        return np.stack(
            [np.sqrt((g.reshape(len(g), -1) ** 2).sum(1)) for g in self.gradients], axis=1
        )

    def table(self) -> dict[str, list[Any]]:
        """The norms as columns, one line a step, for instance for `pandas.DataFrame`."""
        columns = zip(self.names, self.norms.T, strict=True)
        steps = {"step": list(range(len(self.norms)))}
        return steps | {name: norms.tolist() for name, norms in columns}

    def words(self) -> str:
        """How much of the largest gradient is left at the first step, for each tensor."""
        said = []
        for name, norms in zip(self.names, self.norms.T, strict=True):
            where = int(norms.argmax())
            if not np.isfinite(norms).all():
                last = int(np.flatnonzero(~np.isfinite(norms)).max())
                said.append(f"dL/d{name} is infinite or NaN at step {last} and may be before it")
            elif norms[where] == 0:
                said.append(f"dL/d{name} is exactly zero at all steps")
            else:
                left = number(float(norms[0] / norms[where]))
                most = f"{number(float(norms[where]))} at step {where} of {len(norms)}"
                said.append(f"dL/d{name} is largest, {most}; at the first step {left} of that")
        return ". ".join(said)

    def __repr__(self) -> str:
        steps = len(self.norms)
        lines = [f"{self.name}, {steps} steps, loss {number(self.loss)}", self.words(), ""]
        lines.append("  ".join(["step".rjust(6), *(name.rjust(12) for name in self.names)]))
        shown = sorted({0, steps - 1, *(steps - 1 - 2**k for k in range(20) if 2**k < steps)})
        for step in shown:
            cells = (number(float(value)).rjust(12) for value in self.norms[step])
            lines.append("  ".join([str(step).rjust(6), *cells]))
        return "\n".join(lines)

    def plot(self, *, width: float = 6.5, theme: str = "light") -> Figure:
        """Draw the norms by step, as a matplotlib figure.

        Args:
            width: The width in inches, 2 to 200.
            theme: "light" (a white ground) or "dark".

        Returns:
            A figure that pyplot does not know, so that nothing pops up.

        Raises:
            ImportError: If matplotlib is not installed.
            ValueError: If an argument is out of range.
        """
        with matplotlib_needed():
            from rnnviz_widget.picture.figure import PictureFigure, check_look  # noqa: PLC0415

            from .figure import add_words, style_axes  # noqa: PLC0415
        check_look(width, theme)
        palette = palette_of(theme, signed=False)
        figure = PictureFigure(figsize=(width, 2.8), facecolor=palette.ground, layout="constrained")
        axes = figure.subplots()
        style_axes(axes, palette)
        kinds = ("-", "--", ":", "-.")
        for place, (name, norms) in enumerate(zip(self.names, self.norms.T, strict=True)):
            drawn = np.where(np.isfinite(norms), np.maximum(norms, _FLOOR), np.nan)
            color = palette.mark if place % 2 == 0 else palette.accent
            kind = kinds[place // 2 % len(kinds)]
            axes.plot(drawn, kind, color=color, linewidth=1.5, label=f"dL/d{name}")
        axes.set_yscale("log")
        axes.legend(fontsize=7, frameon=False, labelcolor=palette.ink)
        add_words(axes, palette, x="step", y="norm of the loss's gradient")
        return figure
