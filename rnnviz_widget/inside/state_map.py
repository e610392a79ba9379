"""States in two dimensions, with what the picture leaves out: variance, and trustworthiness."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from rnnviz_widget.scene.state_map import MapMethod

from .principal_components import PrincipalComponents, principal_components
from .text_states import Numbers, States, Table, checked_states
from .trustworthiness import Trustworthiness, trustworthiness

MOST_POINTS = 100_000
"""The most points of a map."""

_NEIGHBOURS = 10


@dataclass(frozen=True, eq=False)
class StateMap:
    """States as points in a plane.

    Attributes:
        method: What placed them.
        coordinates: Where each is, (N, 2).
        plane: The plane of "pca", onto which further states can be projected; None for "umap".
        trust: How far near points are near in truth; None of fewer than 3 points.
    """

    method: MapMethod
    coordinates: Numbers
    plane: PrincipalComponents | None
    trust: Trustworthiness | None

    def __repr__(self) -> str:
        return f"StateMap({len(self.coordinates):,} points; {self.words()})"

    def words(self) -> str:
        """What is to be said beside the map."""
        said = []
        if self.plane is not None:
            first, second = (100 * each for each in self.plane.explained)
            said.append(
                "all points are the same"
                if np.isnan(first)
                else f"{first:.1f} % and {second:.1f} % of the variance along the two axes"
            )
        if self.trust is not None:
            about = f" (± {2 * self.trust.error:.3f})" if self.trust.error else ""
            said.append(
                f"trustworthiness {self.trust.value:.3f}{about} of {self.trust.neighbours} "
                "neighbours"
            )
        return "; ".join(said)

    def table(self) -> Table:
        """A row for each point."""
        return [{"point": n, "x": x, "y": y} for n, (x, y) in enumerate(self.coordinates.tolist())]


def state_map(states: States, method: MapMethod = "pca", *, seed: int = 0) -> StateMap:
    """Place states in a plane.

    Args:
        states: Shape (N, H), at most 100,000 points. Rows of an embedding matrix are states too.
        method: "pca": the plane in which they vary most, at once. "umap": by umap-learn, which is
            slower, and keeps neighbours rather than distances.
        seed: Of UMAP, and of the points that are asked for the trustworthiness.

    Raises:
        ImportError: If "umap" is asked for and umap-learn is not installed.
        ValueError: If the states are not finite, there are too many points, or too few for UMAP.
    """
    checked = checked_states(states)
    if len(checked) > MOST_POINTS:
        raise ValueError(
            f"a map has at most {MOST_POINTS:,} points; got {len(checked):,}. Take every "
            f"{-(-len(checked) // MOST_POINTS)}th state, as in states[::n]"
        )
    plane = None
    if method == "pca":
        plane = principal_components(checked)
        coordinates = plane.project(checked)
    elif method == "umap":
        coordinates = _umap(checked, seed)
    else:
        raise ValueError(f"method must be 'pca' or 'umap'; got {method!r}")
    neighbours = min(_NEIGHBOURS, (len(checked) - 1) // 2)
    trust = None
    if neighbours:
        trust = trustworthiness(checked, coordinates, neighbours, seed=seed)
    return StateMap(method, coordinates, plane, trust)


def map_methods() -> list[MapMethod]:
    """The methods that can be used here: UMAP only where its library is installed."""
    return ["pca"] if find_spec("umap") is None else ["pca", "umap"]


def _umap(states: States, seed: int) -> Numbers:
    try:
        import umap  # type: ignore[import-untyped,import-not-found,unused-ignore] # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name != "umap":
            raise
        raise ImportError(
            "this map needs umap-learn, which is missing: pip install 'rnnviz-widget[umap]'; or "
            "take method='pca'"
        ) from error
    if len(states) < 4:
        raise ValueError(
            f"UMAP needs at least 4 points; got {len(states)}. Take a longer text, or method='pca'"
        )
    neighbours = min(15, len(states) - 1)
    # With a seed the same points are placed alike each time; UMAP then uses one thread.
    mapper = umap.UMAP(n_components=2, n_neighbors=neighbours, random_state=seed, n_jobs=1)
    found: Numbers = np.asarray(mapper.fit_transform(states.astype(np.float32)), np.float64)
    return found
