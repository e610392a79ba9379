"""All figures of a check, ready for JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rnnviz_widget.evaluation.estimate import Estimate

from .row_figures import Order, What

if TYPE_CHECKING:
    from .figures import Check


def figures_as_dict(check: Check) -> dict[str, Any]:
    """All figures, ready for JSON."""
    return {
        "name": check.name,
        "measure": check.measure,
        "signed": check.signed,
        "target": check.target,
        "of": check.of,
        "texts": len(check.texts),
        "outputs": sum(len(text.rows) for text in check.texts),
        "replacements": check.replacements,
        "notes": list(check.notes),
        **{name: figure.as_dict() for name, figure in _figures(check).items()},
        "comprehensiveness": _curves(check, "comprehensiveness", check.comprehensiveness),
        "sufficiency": _curves(check, "sufficiency", check.sufficiency),
    }


def _figures(check: Check) -> dict[str, Estimate]:
    figures = {
        "gain over nearest": check.gain(),
        "gain over random": check.gain("random"),
        "sufficiency gain over nearest": check.gain(what="sufficiency"),
        "worse than nearest": check.worse_than_nearest(),
        "RACU": check.racu(),
        "RACU of nearest": check.racu("nearest"),
        "rank agreement": check.rank_agreement(),
        "rank agreement per lag": check.rank_agreement(per_lag=True),
        "nearness agreement": check.nearness_agreement(),
        "twin": check.twin_correlation(),
        "twin per lag": check.twin_correlation(per_lag=True),
        "random class": check.class_correlation(),
        "random class per lag": check.class_correlation(per_lag=True),
        "infidelity": check.infidelity(),
        "unexplained": check.unexplained(),
    }
    if check.signed:
        figures |= {
            "sign agreement": check.sign_agreement(),
            "commoner sign": check.commoner_sign(),
            "sign gain": check.sign_gain(),
            "effect agreement": check.effect_agreement(),
        }
    return figures


def _curves(
    check: Check, what: What, figure: Callable[[int, Order], Estimate]
) -> dict[Order, dict[str, Any]]:
    orders: tuple[Order, ...] = ("measure", "nearest", "random")
    return {
        order: {
            **{str(k): figure(k, order).as_dict() for k in check.steps},
            "mean": check.aopc(order, what).as_dict(),
        }
        for order in orders
    }
