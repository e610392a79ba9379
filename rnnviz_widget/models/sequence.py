"""A torch module with the symbols that it reads and the classes that it predicts."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any, Self

import torch
from torch import nn

from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.engines import (
    Forward,
    GivenEmbedding,
    Method,
    Named,
    Network,
    Returns,
    any_measure,
    make_method,
    quantity_named,
    title_of,
)
from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.surrogates import check_surrogates

from .arguments import ELSEWHERE, check_symbol, check_tokenize, check_window
from .hugging import from_transformers, text_of
from .intervention import intervened
from .model_parts import Labels, ModelParts, checked_unit
from .snapshots import Weights
from .states import states
from .symbols import Symbols, Tokenize, read_symbols, read_text
from .truth import NEXT_OF_ALL, TrueClass, Truth, answers_for, whole_text
from .unit import of_unit
from .vectors import from_vectors


class SequenceModel:
    """A sequence model that can be explored: a module, its symbols and what it predicts.

    Args:
        module: Any torch module that maps ids (1, T) to logits (1, T, V), (T, V), or (1, V) where
            there is one output for the whole text, which is then shown at every character. It may
            also return a tuple that starts with them, or a mapping or an object with `logits`. Log
            probabilities will do, too. The module itself is never changed: it is copied now and by
            `refresh()`, in eval mode with frozen parameters. Where it can't be copied it is used
            itself, in turns with your cells, and a note on the page says so.
        inputs: The input symbols in id order: a string (one symbol a character), a list, or a
            mapping between symbols and ids.
        outputs: The output classes, likewise, one for each logit; default: the inputs.
        name: What the page calls the model; default: the module's class.
        embedding: The submodule or weight (or its name) that turns ids into vectors; default:
            found. Or a pair of embeddings, of a source and of its target, whose symbols follow one
            another in `inputs`.
        batch_first: Whether ids are (1, T); else (T, 1), and logits (T, 1, V).
        tokenize: Maps a text to its tokens: symbols or their ids, or (either, start, end) with
            the characters that each spans. Default: one symbol a character. With it several symbols
            may look the same: these are then called "<id> symbol", and it must return ids.
        unknown: The input symbol that replaces symbols the model does not know; default: an error.
        truth: What the right answer is at each position: "next", the token that follows (the
            default if the outputs are the inputs); "word", the word being typed, at each of its
            characters and at the space before it; "same", the token itself; a callable that maps
            the list of tokens to a class, or None, for each; or "none" (the default if the outputs
            differ). With one output for the whole text, "next" gives no truth, since nothing
            follows the text (see `window`), "word" is the last word, and a callable may return one
            class.
        forward: How the module is called, if not with ids alone: `forward(module, ids)` gets
            the module that is run, a copy of yours, and returns what it returns, as in
            `lambda module, ids: module(ids, hidden=None)[0]`.
        one_hot: Whether the module reads one-hot vectors (1, T, V_in) instead of ids.
        example: A text that the module is tried on, if it can't read every text; default: any ids.
        window: The number of tokens that the module reads for each output: output s is what it
            gives, at the end, for the last so many tokens, up to s. With it a module that predicts
            what follows a whole text has an output, and a truth, for each token.
        pad: The input symbol that fills up windows at the start of a text; default: they are
            shorter there.
        returns: What the numbers are that the module returns: "logits" (also log probabilities),
            "probabilities" of classes of which one is right, "independent_probabilities" or
            "log_odds" of classes of which each is right or wrong by itself. Default: found out, by
            a softmax or sigmoid at the end or by the numbers. Of probabilities, the log probability
            or the log-odds is explained.
        unit: The unit, such as "EUR", of the one number that a module without classes gives.

    Attributes:
        inputs: The input symbols, a tuple in id order; for vectors, their labels.
        outputs: The output classes, a tuple in id order.
        classes: The index of each output class.
        name: What the page calls the model.
        tokenize: Maps a text to its tokens; None: one symbol a character.
        unknown: The symbol that replaces unknown ones, if any.
        truth: What the right answer is: "next", "same", "word", "none" or a callable.
        unit: The unit of the one number that the model gives, "" if it has none; None: it has
            classes.
        text: The only text that a model of vectors reads; None: it reads any.
        notes: Notes for the reader on how the model reads a text.
        measure, of: The measure and the quantity that the model is explained by everywhere; None:
            those asked for there. See `by`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If sizes don't fit each other or the embedding can't be found.
        RuntimeError: If the module can't be called; the cause is attached.
    """

    measure: Named | None = None
    of: str | None = None

    @suggest_arguments(**ELSEWHERE)
    def __init__(
        self,
        module: nn.Module,
        inputs: Symbols,
        outputs: Symbols | None = None,
        *,
        name: str | None = None,
        embedding: GivenEmbedding = None,
        batch_first: bool = True,
        tokenize: Tokenize | None = None,
        unknown: str | None = None,
        truth: Truth = None,
        forward: Forward | None = None,
        one_hot: bool = False,
        example: str | None = None,
        window: int | None = None,
        pad: str | None = None,
        returns: Returns | None = None,
        unit: str | None = None,
    ) -> None:
        symbols = read_symbols(inputs, "inputs", alike=tokenize is not None)
        ids = {symbol: index for index, symbol in enumerate(symbols)}
        check_tokenize(tokenize)
        check_symbol("unknown", unknown, ids, "there")
        check_window(window, pad)
        check_symbol("pad", pad, ids, "before a text")
        same = outputs is None or (type(outputs) is type(inputs) and outputs == inputs)
        classes = symbols if same or outputs is None else outputs
        labels = Labels.checked(module, symbols, classes, name, truth)
        read = partial(read_text, ids=ids, tokenize=tokenize, unknown=unknown)
        network = Network(
            module,
            len(symbols),
            len(labels.outputs),
            embedding=embedding,
            batch_first=batch_first,
            forward=forward,
            one_hot=one_hot,
            returns=returns,
            example=None if example is None else torch.tensor(read(example).ids),
            window=window,
            pad=None if pad is None else ids[pad],
        )
        unit = checked_unit(network, truth, unit)
        self._take_parts(ModelParts(labels, network, read, unit, tokenize, unknown))
        if network.capabilities.one_output and self.truth == "next" and unit is None:
            self.notes.append(NEXT_OF_ALL)

    from_vectors = classmethod(from_vectors)
    from_transformers = classmethod(from_transformers)
    states = states
    intervened = intervened
    of_unit = of_unit

    @classmethod
    def of_parts(cls, parts: ModelParts) -> Self:
        """Make a model of parts that have been checked."""
        made = cls.__new__(cls)
        made._take_parts(parts)  # noqa: SLF001
        return made

    def _take_parts(self, parts: ModelParts) -> None:
        self.inputs, self.outputs = parts.labels.inputs, parts.labels.outputs
        self.classes = {symbol: index for index, symbol in enumerate(self.outputs)}
        self.name, self.truth = parts.labels.name, parts.labels.truth
        self.tokenize, self.unknown = parts.tokenize, parts.unknown
        self.text, self.unit, self.notes = parts.text, parts.unit, parts.notes
        self._read, self._answering = parts.read, parts.answering
        self._weights = Weights(parts.network)

    def text_for(self, source: str, target: str | None = None, *, tokens: int = 64) -> str:
        """Make the text that an encoder-decoder of `from_transformers` reads.

        Args:
            source: What the encoder reads.
            target: The target, one line; default: the model writes it, with the likeliest token at
                each step, and with spaces in place of line breaks.
            tokens: The most tokens that it writes.

        Returns:
            The source, a line break, and the target.

        Raises:
            TypeError: If an argument is no string, or this is no encoder-decoder.
            ValueError: If the source is empty, or the target contains a line break.
            RuntimeError: If the model can't write; the cause is attached.
        """
        for what, words in {"the source": source, "the target": target}.items():
            if isinstance(words, str):
                check_surrogates(words, what)
        return text_of(self._read, self.network, source, target, tokens=tokens)

    def __repr__(self) -> str:
        return (
            f"SequenceModel({self.name!r}, {len(self.inputs)} inputs, {len(self.outputs)} outputs)"
        )

    @property
    def network(self) -> Network:
        """Runs the private copy of the module; `refresh()` replaces it."""
        return self._weights.network

    def refresh(self) -> None:
        """Take the module's current weights, after it has been trained on.

        All models that `by` made of this one take them, too. Widgets keep the weights that they
        show until they are refreshed themselves.

        Raises:
            TypeError, ValueError, RuntimeError: If the module no longer works as it did; the model
                keeps the weights that it had.
        """
        self._weights.network = self.network.renewed()

    def snapshot(self, network: Network | None = None) -> Self:
        """The same model with its current weights for good: `refresh` does not change it.

        The weights are not copied.

        Args:
            network: Other weights of the same module; default: its own.
        """
        other = copy.copy(self)
        other._weights = Weights(self.network if network is None else network)  # noqa: SLF001
        return other

    def take(self, network: Network) -> None:
        """Use other weights of the same module, in all models that share them."""
        self._weights.network = network

    def by(self, measure: Named | None = None, *, of: str | None = None, **options: Any) -> Self:
        """The same model asked in its own way, so that it can stand beside itself as a facet.

        Args:
            measure: A measure's name; see `rv.connectivity`. Default: as it is now.
            of: Which number of the target is explained; see `rv.connectivity`. Default: as it is
                now.
            options: For a method: `baseline`, an input symbol (default: zeros), for
                integrated_gradients, deep_lift and occlusion; `n_steps` (50), for
                integrated_gradients; `samples` (25) and `noise` (0.1), for smooth_grad;
                `frequencies` of the input symbols (default: those of the text), for exchange and
                quick_exchange; `samples` (64), for exchange and plausible_exchange; `steps` (8),
                for quick_exchange.

        Returns:
            A model that shares the weights and has the measure and the quantity in its name.

        Raises:
            TypeError, ValueError: If there is no such measure or quantity, the measure has no such
                option, or neither is given.
        """
        if measure is None and (of is None or options):
            raise TypeError("by needs a measure, or of= with a quantity; see rv.connectivity")
        other = copy.copy(self)
        if measure is not None:
            found = make_method(measure, **options) if options else any_measure(measure)
            other.measure = found if isinstance(found, Method) else found.name
        if of is not None:
            other.of = quantity_named(of).name
        other.name = self.name.removesuffix(self._read_by) + other._read_by  # noqa: SLF001
        return other

    @property
    def _read_by(self) -> str:
        """What it is read by of its own, as its name ends."""
        measure = "" if self.measure is None else f", {title_of(self.measure)}"
        return measure + ("" if self.of is None else f", {quantity_named(self.of).title}")

    def tokens(self, text: str) -> Tokens:
        """Split a text into tokens as this model reads it.

        Raises:
            TypeError: If `text` is not a string.
            UnknownSymbolError: If it contains symbols that the model does not know.
            ValueError: If it is empty, contains half of a surrogate pair, or has no tokens; or, for
                a model of vectors, if it is not `text`.
        """
        if isinstance(text, str):
            check_surrogates(text, "the text")
        return self._read(text)

    def answers(self, tokens: Tokens) -> list[TrueClass]:
        """The right answer at each output; with one output for the whole text, the same at each."""
        if self.network.capabilities.one_number:
            return [TrueClass(None, "it gives one number, and has no classes")] * len(tokens)
        if self._answering is not None:
            return self._answering(tokens, self.classes)
        if self.network.capabilities.one_output:
            return [whole_text(self.truth, tokens, self.classes)] * len(tokens)
        return answers_for(self.truth, tokens, self.classes)
