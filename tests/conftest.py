"""What all tests share."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Small models are slower on several threads, and much slower beside other work."""
    torch.set_num_threads(1)
