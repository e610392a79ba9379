import pytest
from explorer.two_models import TEXT, models

from rnnviz_widget.engines.sweep import sweep
from rnnviz_widget.explorer import Explorer, ModelSource


@pytest.fixture
def explorer():
    explorer = Explorer(ModelSource(models(), TEXT))
    yield explorer
    explorer.close()
    assert explorer.join(timeout=20)


@pytest.fixture(autouse=True)
def _a_turn_after_each_step(monkeypatch):
    """Fills of small models have parts, however fast the machine is."""
    monkeypatch.setattr(sweep, "_TURN_SECONDS", 0)
