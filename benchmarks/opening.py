"""How long opening a large Transformer takes, in passes of the module itself.

From the call of `rv.explore` to the first paint (the scene with its predictions and the shown row
is sent) and to the first hover of another character, beside forward and backward passes of the same
module in the same process; and the same in JupyterLab, until frames are painted. Lists every pass
that was made, with what it was for. The rival is what
a user would write for the same picture: one forward pass, and one backward pass for the row.

The model is made from a configuration like that of SmolLM-135M, with random weights; nothing is
fetched.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import threading
import time
import traceback
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import torch
import transformers
from bench import begin, seconds
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor

import rnnviz_widget as rv

SIZES = {
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "vocab_size": 49_152,
    "max_position_embeddings": 2048,
    "tie_word_embeddings": True,
}
# What a pass is for, by the name of the function of the package that had it made; the innermost
# function counts that is among these.
PURPOSES = {
    "_run": "find where a text enters the module, and what it returns",
    "_check_embedded": "compare embedded tokens with ids",
    "_seems_causal": "see whether outputs read ahead on a few tokens",
    "_others": "tell logits from probabilities",
    "_scans_made": "look for loops over the text",
    "unreached": "check that a gradient reaches all inputs",
    "common_part": "see what all logits have in common",
    "find_reads": "find out what each output reads",
    "first": "read the text: predictions",
    "_swept": "see whether the sweep serves it",
    "_alone": "the row of one output",
    "_block": "rows of the fill",
}


@dataclass(frozen=True)
class Pass:
    """One pass through the module.

    Attributes:
        what: Forward or backward.
        texts, tokens: How many texts of how many tokens; of a backward pass 0.
        begun: When, in seconds after the call that is timed.
        seconds: How long it took.
        purpose: What it was for.
    """

    what: str
    texts: int
    tokens: int
    begun: float
    seconds: float
    purpose: str


class Record:
    """Every pass of a module's class, and every gradient, from now on."""

    def __init__(self) -> None:
        self.passes: list[Pass] = []
        self.start = time.perf_counter()

    def made(self, what: str, shape: tuple[int, ...], begun: float) -> None:
        """Note a pass that is over now."""
        texts, tokens = shape
        taken = time.perf_counter() - begun
        self.passes.append(Pass(what, texts, tokens, begun - self.start, taken, _purpose()))

    def watched(self, kind: Any) -> Any:
        """The class with its forward passes recorded; gradients are recorded, too."""
        record, plain, gradient = self, kind.forward, torch.autograd.grad

        class Watched(kind):  # type: ignore[misc]
            @wraps(plain)
            def forward(self, *args: Any, **kwargs: Any) -> Any:
                ids, begun = kwargs["input_ids"], time.perf_counter()
                try:
                    return plain(self, *args, **kwargs)
                finally:  # A pass that is stopped at the head counts too.
                    record.made("forward", tuple(ids.shape), begun)

        def taken(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return gradient(*args, **kwargs)
            finally:
                record.made("backward", (0, 0), begun)

        torch.autograd.grad = taken
        Watched.__name__ = kind.__name__
        return Watched

    def table(self) -> None:
        """Print the passes, those of the same kind and purpose together."""
        groups: dict[tuple[str, int, int, str], list[Pass]] = {}
        for each in self.passes:
            key = (each.what, each.texts, each.tokens, each.purpose)
            groups.setdefault(key, []).append(each)
        for (what, texts, tokens, purpose), some in groups.items():
            of = f" of {texts} x {tokens} tokens" if tokens else ""
            taken = sum(each.seconds for each in some)
            print(f"  {some[0].begun:6.2f} s  {len(some):2} {what}{of}, {taken:.2f} s: {purpose}")


def _purpose() -> str:
    names = [
        frame.name
        for frame in traceback.extract_stack()
        if "rnnviz_widget" in Path(frame.filename).parts
    ]
    return next((PURPOSES[name] for name in reversed(names) if name in PURPOSES), "measured here")


def tokenizer_of(symbols: int) -> Any:
    """A tokenizer of words w0, w1 ... without training."""
    words = {f"w{number}": number for number in range(symbols)}
    made = Tokenizer(models.WordLevel(words, unk_token="w0"))  # noqa: S106 - no password
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # type: ignore[assignment]
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, unk_token="w0")  # noqa: S106


def passes_of(module: Any, ids: Tensor, rounds: int) -> tuple[float, float]:
    """The seconds of a forward pass with its graph and all logits, and of one gradient."""
    forward, backward = [], []
    for parameter in module.parameters():
        parameter.requires_grad_(requires_grad=False)
    for _ in range(rounds):
        embedded = module.get_input_embeddings()(ids[None]).requires_grad_()
        begun = time.perf_counter()
        logits = module(inputs_embeds=embedded, input_ids=None, use_cache=False).logits
        forward.append(time.perf_counter() - begun)
        logit = logits[0, -1, 1]
        backward.append(seconds(lambda: torch.autograd.grad(logit, embedded)))  # noqa: B023
    return statistics.median(forward), statistics.median(backward)


def await_row(widget: rv.ExplorerWidget) -> None:
    """Have the background work, as when the widget is displayed, until there is a row."""
    there = threading.Event()
    widget.observe(lambda _: there.set(), "_answer")
    widget._explorer.fill()  # noqa: SLF001
    if not widget._answer:  # noqa: SLF001
        there.wait()


def open_once(
    model: rv.SequenceModel, text: str, record: Record
) -> tuple[float, float, float, float]:
    """Open a model that has read nothing, and hover once.

    Returns:
        The seconds until `rv.explore` returns, and until the first row is sent; those of another
        row, and those until it is known what each output reads.
    """
    record.passes, record.start = [], time.perf_counter()
    widget = rv.explore(model, text)
    opened = time.perf_counter() - record.start
    await_row(widget)
    row = time.perf_counter() - record.start
    hovered = seconds(lambda: setattr(widget, "position", len(text) // 2))
    # What the fill does first; it may have begun.
    known = seconds(widget._explorer.find_reads)  # noqa: SLF001
    widget.close()
    return opened, row, hovered, known


def print_times(what: str, times: list[float], unit: float, units: str) -> None:
    """Print how long something takes, and how many passes that is."""
    middle, worst = statistics.median(times), max(times)
    print(f"{what}: {middle:.2f} s, worst {worst:.2f} s = {middle / unit:.2f} {units}")


def parsed() -> argparse.Namespace:
    """The options."""
    options_of = argparse.ArgumentParser(description=__doc__)
    options_of.add_argument("--lengths", nargs=1, type=int, default=[106], metavar="T")
    options_of.add_argument("--layers", type=int, default=SIZES["num_hidden_layers"])
    options_of.add_argument("--threads", type=int, default=torch.get_num_threads())
    options_of.add_argument("--rounds", type=int, default=5)
    options_of.add_argument("--seed", type=int, default=0)
    options_of.add_argument(
        "--lab",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="also in JupyterLab, with Chromium (yes)",
    )
    options_of.add_argument("--pictures", type=Path, help="a folder for screenshots of JupyterLab")
    return options_of.parse_args()


def main() -> None:
    """See above."""
    options = parsed()
    begin(options)
    (length,) = options.lengths
    sizes = SIZES | {"num_hidden_layers": options.layers}
    torch.manual_seed(options.seed)
    record = Record()
    config = transformers.LlamaConfig(**sizes)
    plain = transformers.LlamaForCausalLM(config).eval()
    module = record.watched(transformers.LlamaForCausalLM)(config).eval()
    weights = sum(each.numel() for each in module.parameters())
    ids = torch.randint(1, 512, (length,))
    text = " ".join(f"w{number}" for number in ids.tolist())
    tokenizer = tokenizer_of(int(SIZES["vocab_size"]))
    print(f"{weights / 1e6:.0f} M weights")
    tokenizer(text)
    passes_of(plain, ids, 1)  # The first takes longer.

    record.passes, record.start = [], time.perf_counter()
    made = seconds(lambda: rv.SequenceModel.from_transformers(module, tokenizer))
    print(f"rv.SequenceModel.from_transformers: {made:.2f} s")
    record.table()

    taken: list[tuple[float, ...]] = []
    passes: list[tuple[float, float]] = []
    first_round: list[Pass] = []
    for _ in range(options.rounds):
        # Both ways come after the same work: memory that lies idle goes back to the system, or even
        # from a virtual machine to its host, and takes long to get again.
        rv.SequenceModel.from_transformers(module, tokenizer)
        passes.append(passes_of(plain, ids, 1))
        taken.append(open_once(rv.SequenceModel.from_transformers(module, tokenizer), text, record))
        gc.collect()  # What the widget kept of the text would have the next one take new memory.
        first_round = first_round or list(record.passes)
    opened, rows, hovered, known = (list(each) for each in zip(*taken, strict=True))
    forward, backward = (statistics.median(each) for each in zip(*passes, strict=True))
    print(f"one forward pass of the module {forward:.2f} s, one backward pass {backward:.2f} s")
    for words, times, unit, name in (
        ("rv.explore until text and predictions are sent", opened, forward, "forward passes"),
        ("until the first row is sent", rows, forward + backward, "of one of each"),
        ("another character hovered", hovered, backward, "backward passes"),
        ("then, beside hovers: what each output reads", known, forward, "forward passes"),
    ):
        print_times(words, times, unit, name)
    record.passes = first_round
    print("passes of the first round:")
    record.table()
    if options.lab:
        from opening_in_lab import open_in_lab  # noqa: PLC0415 - needs a browser

        open_in_lab(options, print_times, options.pictures)


if __name__ == "__main__":
    main()
