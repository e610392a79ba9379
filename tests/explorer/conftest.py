import pytest
from explorer.two_models import TEXT, models

from rnnviz_widget.explorer import Explorer, ModelSource


@pytest.fixture
def explorer():
    explorer = Explorer(ModelSource(models(), TEXT))
    yield explorer
    explorer.close()
    assert explorer.join(timeout=20)
