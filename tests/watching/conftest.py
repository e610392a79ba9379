"""Trainings whose watches are closed."""

import pytest
from watching.trainings import Training


@pytest.fixture
def training():
    made = []

    def make(**options):
        made.append(Training(**options))
        return made[-1]

    yield make
    for each in made:
        if each.watch is not None:
            each.watch.close()
