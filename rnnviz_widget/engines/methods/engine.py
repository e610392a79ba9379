"""The engine of a method: computes its rows, and takes predictions from the text's own engine."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from rnnviz_widget.engines.autograd.output_texts import WindowTexts
from rnnviz_widget.engines.engine import Engine, RowBlock, RowQuery
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.single_output import kept_where_alike

from .attention import Attention
from .by_captum import ByCaptum
from .in_windows import InWindows
from .method import CAPTUM, Method
from .occlusion import Occlusion
from .perturbed_text import PerturbedText
from .row_method import RowMethod


class MethodEngine(Engine):
    """Serves one method; predictions are those of another engine."""

    def __init__(self, network: Network, beside: Engine, method: RowMethod) -> None:
        super().__init__(
            reason=method.reason,
            reads=beside.reads,
            predictions=beside.predictions,
            logits=beside.logits,
            mode=network.computing,
        )
        self.name = method.name
        self._method = method
        # Methods that get all rows from the same passes are asked for all at once.
        by_row = method.name == "captum" or network.options.window is not None
        self.block = 16 if by_row else self.reads.tokens

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`."""
        yield from self._method.blocks(query.rows, query.targets)


def method_engine(
    network: Network, ids: Tensor, beside: Engine, method: Method, baseline: int | None = None
) -> Engine:
    """The engine of a method on a text.

    Raises:
        ImportError: If captum is needed and not installed.
        ValueError: If the method can't serve the network.
    """

    def of_text(part: Tensor, *, causal: bool) -> RowMethod:
        if not method.of_target:
            return Attention(network, part, method, causal=causal)
        perturbed = PerturbedText(network, part, baseline, causal=causal)
        return ByCaptum(perturbed, method) if method.name in CAPTUM else Occlusion(perturbed)

    with network.computing():
        rows: RowMethod
        if network.options.window is None:
            rows = of_text(ids, causal=beside.reads.causal)
        else:
            windows = WindowTexts(network, ids, network.options.window, network.options.pad)
            rows = InWindows(windows, lambda part: of_text(part, causal=False))
    engine = MethodEngine(network, beside, rows)
    return kept_where_alike(network, engine)
