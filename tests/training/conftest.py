import pytest
import torch
from training.small_text import corpus, data, text  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def _one_thread():
    """Runs set the number of threads; and two of them only get in each other's way here."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
