"""What the tests of stories read of pages, and do to models."""

import base64
import json
import re

import numpy as np
import torch

import rnnviz_widget as rv
from rnnviz_widget import share

TEXT = "a text that two models read"
DATA = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)


def page_state(story):
    """What the page of a story answers from, bytes as they were."""

    def bytes_of(value):
        return base64.b64decode(value["b64"]) if value.keys() == {"b64"} else value

    html = share.document([story.shared()])
    return json.loads(DATA.search(html)[1], object_hook=bytes_of)


def share_by_hand(model, at, start, end):
    """The share of the row of one output on the characters [start, end)."""
    row = np.abs(rv.connectivity(model, TEXT).scores[at].astype(np.float64))
    return row[start:end].sum() / row.sum()


def retrain(module, seed):
    """Change the weights a little."""
    with torch.no_grad():
        generator = torch.Generator().manual_seed(seed)
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
