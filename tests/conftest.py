"""What all tests share."""

import pytest
import torch

from rnnviz_widget.explorer import first_rows


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Small models are slower on several threads, and much slower beside other work."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _rows_with_the_text(monkeypatch):
    """However slow this machine is, what is opened has its first rows at once."""
    monkeypatch.setattr(first_rows, "PUT_OFF_FROM", float("inf"))
