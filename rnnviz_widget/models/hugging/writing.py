"""Making a text of a source and a target, which an encoder-decoder can write itself."""

from __future__ import annotations

from typing import Any

import torch

from rnnviz_widget.engines import Network, clean_torch
from rnnviz_widget.models.arguments import check_text

from .readers import BREAK, PairReader


def text_of(
    reader: object, network: Network, source: str, target: str | None, *, tokens: int
) -> str:
    """A source, a line break and its target; see `SequenceModel.text_for`."""
    if not isinstance(reader, PairReader):
        raise TypeError(
            "only an encoder-decoder made by SequenceModel.from_transformers reads a source and a "
            "target; this model reads any text: pass the text itself"
        )
    check_text(source)
    if target is None:
        target, ids = _written(reader, network, source, tokens)
        reader.written[source + BREAK + target] = ids
    if not isinstance(target, str):
        raise TypeError(f"target must be a string; got {type(target).__name__}")
    if BREAK in target:
        raise ValueError(
            "target must be one line, since the last line break of a text is where its target "
            f"begins; got {target!r}. Replace line breaks by spaces"
        )
    return source + BREAK + target


def _written(
    reader: PairReader, network: Network, source: str, tokens: int
) -> tuple[str, list[int]]:
    """The target that the model writes, and its ids, from the starting token to before the end."""
    module: Any = network.module
    ids = reader.tokenizer(source, return_tensors="pt").to(network.device)
    try:
        with network.lock, clean_torch(), torch.no_grad():
            written = module.generate(
                input_ids=ids["input_ids"],
                attention_mask=ids["attention_mask"],
                max_new_tokens=tokens,
                do_sample=False,
                num_beams=1,
            )
    except Exception as error:
        raise RuntimeError(
            f"{type(module).__name__} can't write a target: {type(error).__name__}: {error}; pass "
            "target= with one"
        ) from error
    text = reader.tokenizer.decode(written[0], skip_special_tokens=True)
    found: list[int] = written[0].tolist()
    while len(found) > 1 and found[-1] in (
        reader.tokenizer.eos_token_id,
        reader.tokenizer.pad_token_id,
    ):
        found.pop()
    return " ".join(str(text).split(BREAK)), found
