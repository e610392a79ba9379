"""A torch module together with what its numbers stand for."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

import torch
from torch import nn

from rnnviz_widget.engines import (
    Forward,
    GivenEmbedding,
    Method,
    Named,
    Network,
    Returns,
    any_measure,
    make_method,
    title_of,
)
from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.surrogates import check_surrogates

from .hugging import parts_of, text_of
from .snapshots import Weights
from .symbols import Symbols, Tokenize, check_name, check_window, read_symbols, read_text
from .truth import Answer, Answering, Truth, answers_for, whole_text
from .vectors import VectorText, read_labels, read_vectors

_NEXT_OF_ALL = (
    "What follows the text is in no text, so that there is no truth: with window= each token has "
    "an output of its own, which has not read the next one."
)


def _same(one: Symbols, other: Symbols) -> bool:
    """Whether these are the same symbols, given in the same way."""
    return one is other or (type(one) is type(other) and one == other)


class SequenceModel:
    """A sequence model one can explore: a module, its symbols and what it predicts.

    Args:
        module: Any torch module that maps ids (1, T) to logits (1, T, V), (T, V), or (1, V) where
            there is one output for the whole text, which is then shown at every character; or to
            a tuple that starts with them, or a mapping or an object with `logits`. Log
            probabilities do as well. It is copied now and by `refresh()`, in eval mode with
            frozen parameters, and never touched; where it can't be copied it is used itself, in
            turns, and the page says so.
        inputs: The input symbols in id order: a string (one a character), a list, or a mapping.
        outputs: The output classes, likewise, one for each logit; default: the inputs.
        name: What the page calls it; default: the module's class.
        embedding: The submodule or weight (or its name) that turns ids into vectors; default:
            found. Or a pair of embeddings, of a source and of its target, whose symbols are one
            after the other in `inputs`.
        batch_first: Whether ids are (1, T); else (T, 1), and logits (T, 1, V).
        tokenize: Maps a text to its tokens: symbols or their ids, or (either, start, end) with
            the characters that each spans. Default: one symbol a character, nothing prepended.
            With it symbols may look alike: those are called "<id> symbol", and it returns ids.
        unknown: The input symbol to feed for what the model does not know; default: an error.
        truth: What the right answer is at each position: "next" (the token that follows; the
            default when the outputs are the inputs), "word" (the word being typed: each
            character, and the space before it, stands for the whole word), "same" (the token
            itself), a callable that maps the list of tokens to a class, or None, for each; or
            "none" (the default when the outputs differ). Of one output for the whole text "next"
            is not known, for nothing in the text follows its end (see `window`), "word" is the
            last word, and a callable may return one class.
        forward: How the module is called, where not by ids alone: `forward(module, ids)` gets
            the module that is run, a copy of yours, and returns what it returns, as in
            `lambda module, ids: module(ids, hidden=None)[0]`.
        one_hot: Whether the module reads one-hot vectors (1, T, V_in) instead of ids.
        example: A text that the module is tried on, where it can't read any; default: ids of no
            meaning.
        window: How many tokens the module reads for each output: output s is what it gives (at its
            end, if it gives one for each token) for the last so many that end with s. So a module
            that says what follows a whole text has an output, and a truth, for each token.
        pad: The input symbol that stands before the first token until there are so many; default:
            the windows at the beginning of a text are shorter.
        returns: What the numbers are that the module returns, where they are taken for something
            else: "logits" (log probabilities too), "probabilities" of classes of which one is
            right, "independent_probabilities" or "log_odds" of classes of which each is right or
            wrong by itself. Default: found out; a softmax or a sigmoid at the end is seen. Of
            probabilities logarithms or log-odds are explained.
        unit: The unit of the number that a module gives which has one output and no probability,
            such as "EUR"; its value is then shown with it.

    Attributes:
        inputs: The input symbols, a tuple in id order; of vectors, their labels.
        outputs: The output classes, a tuple in id order.
        name: What the page calls it.
        text: The one text that a model of vectors reads; None: it reads any.
        notes: What a reader should know about how it reads a text, in words.
        measure: What it is read by wherever it is read; None: what is asked for there. See `by`.

    Raises:
        TypeError: If an argument is of the wrong kind.
        ValueError: If sizes don't fit each other or the embedding can't be found.
        RuntimeError: If the module can't be called; the cause is attached.

    Example:
        >>> model = SequenceModel(module, inputs="abc")  # doctest: +SKIP
    """

    inputs: tuple[str, ...]
    text: str | None
    notes: list[str]
    measure: Named | None = None
    _tokenize: Tokenize | None
    _unknown: str | None
    _weights: Weights

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
        self.inputs = read_symbols(inputs, "inputs", alike=tokenize is not None)
        ids = {symbol: index for index, symbol in enumerate(self.inputs)}
        if tokenize is not None and not callable(tokenize):
            raise TypeError(
                f"tokenize must be callable; got {type(tokenize).__name__}. Pass what maps a text "
                "to its tokens, such as str.split"
            )
        if unknown is not None and unknown not in ids:
            raise ValueError(
                f"unknown={unknown!r} must be one of the input symbols; it is not. Pass the symbol "
                "that the module was trained to read there, or add it to inputs"
            )
        check_window(window, pad)
        if pad is not None and pad not in ids:
            raise ValueError(
                f"pad={pad!r} must be one of the input symbols; it is not. Pass the symbol that "
                "the module was trained to read before a text, or add it to inputs"
            )
        self._begin(
            module,
            partial(read_text, ids=ids, tokenize=tokenize, unknown=unknown),
            self.inputs if outputs is None or _same(outputs, inputs) else outputs,
            name,
            truth,
        )
        self._tokenize, self._unknown = tokenize, unknown
        self.network = Network(
            module,
            len(self.inputs),
            len(self.outputs),
            embedding=embedding,
            batch_first=batch_first,
            forward=forward,
            one_hot=one_hot,
            returns=returns,
            example=None if example is None else torch.tensor(self.tokens(example).ids),
            window=window,
            pad=None if pad is None else ids[pad],
        )
        self._check_number(truth, unit)
        if self.network.capabilities.one_output and self._truth == "next" and self.unit is None:
            self.notes.append(_NEXT_OF_ALL)

    @classmethod
    def from_vectors(
        cls,
        module: nn.Module,
        vectors: Any,
        labels: Sequence[str] | None = None,
        *,
        outputs: Symbols,
        truth: Truth = None,
        name: str | None = None,
        batch_first: bool = True,
        forward: Forward | None = None,
        window: int | None = None,
        pad: bool = False,
        returns: Returns | None = None,
        unit: str | None = None,
    ) -> Self:
        """A model of a sequence of vectors, such as sensor data: connectivity is about these.

        Every measure is of the gradient with respect to the input vector: `norm` and
        `embedding_norm` are its L2 norm, `grad_x_input` its product with the vector.

        Args:
            module: As of `SequenceModel`, but it maps vectors (1, T, D) to logits; the vectors
                come in its own precision.
            vectors: The sequence, (T, D), one step a row: an array, a tensor, lists.
            labels: What is hovered at each step, T strings; default: a digit, 0 to 9, by the size
                of each vector.
            outputs: The output classes, one for each logit.
            truth: As of `SequenceModel`, of labels; default: "none".
            name: What the page calls it; default: the module's class.
            batch_first: Whether the module reads (1, T, D); else (T, 1, D).
            forward: How the module is called: `forward(module, vectors)`.
            window: As of `SequenceModel`: each output reads so many steps, those that end there.
            pad: Whether zeros stand before the first step until there are so many; else the windows
                at the beginning are shorter.
            returns: As of `SequenceModel`.
            unit: As of `SequenceModel`.

        Returns:
            A model whose `text` is the labels, joined, with spaces between them where one has
            more than one character. It reads that text and no other.

        Raises:
            TypeError, ValueError: If something does not fit.
            RuntimeError: If the module can't be called; the cause is attached.
        """
        check_window(window, pad or None)
        rows = read_vectors(vectors)
        reader = VectorText(read_labels(labels, rows))
        model = cls.__new__(cls)
        model.inputs = tuple(reader.labels)
        model._begin(module, reader, outputs, name, "none" if truth is None else truth)  # noqa: SLF001
        model.text = reader.text
        if pad:
            # One more, which no text has.
            rows = torch.cat([rows, torch.zeros_like(rows[:1])])
        model.network = Network(
            module,
            len(rows),
            len(model.outputs),
            batch_first=batch_first,
            forward=forward,
            returns=returns,
            vectors=rows,
            window=window,
            pad=len(rows) - 1 if pad else None,
        )
        model._check_number(truth, unit)  # noqa: SLF001
        return model

    @classmethod
    def from_transformers(
        cls,
        model: nn.Module,
        tokenizer: Any,
        *,
        name: str | None = None,
        masked: bool = True,
        truth: Truth = None,
    ) -> Self:
        """A model of Hugging Face transformers, with its tokenizer; see docs/models.md.

        Causal and masked language models, classifiers of tokens and of texts, encoder-decoders.
        Tokens are shown as the text that they stand for; the pieces of one character all stand
        there, those that the tokenizer adds nowhere. An encoder-decoder reads a source and, after
        the last line break, a target; `text_for` makes such a text. Nothing is fetched.

        Args:
            model: With a head, as `AutoModelForCausalLM.from_pretrained` gives it, say.
            tokenizer: Its tokenizer, a fast one.
            name: What the page calls it; default: the model's class.
            masked: Whether a masked language model reads the text once for each token, with this
                one masked, as it was trained to; else once, and sees each token that it predicts.
            truth: As of `SequenceModel`; default: "next" of a causal one and of a target, "same"
                of a masked one, "none" of a classifier.

        Raises:
            ImportError: If transformers is not installed.
            TypeError, ValueError: If model and tokenizer don't fit each other, or are of no kind
                that can be read.
            RuntimeError: If the model can't be called; the cause is attached.
        """
        parts = parts_of(model, tokenizer, masked=masked)
        made = cls.__new__(cls)
        made.inputs = tuple(parts.reader.names)
        chosen = parts.truth if truth is None else truth
        made._begin(model, parts.reader, parts.outputs, name, chosen)  # noqa: SLF001
        made._tokenize = parts.reader.triples  # noqa: SLF001
        made._answering = parts.answers if truth is None else None  # noqa: SLF001
        made.notes = parts.notes
        made.network = parts.network
        return made

    def text_for(self, source: str, target: str | None = None, *, tokens: int = 64) -> str:
        """The text that an encoder-decoder of `from_transformers` reads: source, break, target.

        Args:
            source: What the encoder reads.
            target: What the decoder has written, one line; default: what it would write, the
                likeliest token at each step, line breaks as spaces.
            tokens: How many tokens it then writes at most.

        Raises:
            TypeError: If an argument is no string, or this is no encoder-decoder.
            ValueError: If the source is empty, or the target has a line break in it.
            RuntimeError: If the model can't write; the cause is attached.
        """
        for what, words in {"the source": source, "the target": target}.items():
            if isinstance(words, str):
                check_surrogates(words, what)
        return text_of(self._read, self.network, source, target, tokens=tokens)

    def _begin(
        self,
        module: nn.Module,
        read: Callable[[str], Tokens],
        outputs: Symbols,
        name: str | None,
        truth: Truth,
    ) -> None:
        """All but the inputs and the network."""
        self.outputs = read_symbols(outputs, "outputs")
        self.name = type(module).__name__ if name is None else check_name(name)
        if not (truth is None or callable(truth) or truth in ("next", "same", "word", "none")):
            raise ValueError(
                f'truth must be "next", "same", "word", "none" or a callable; got {truth!r}'
            )
        default = "next" if self.outputs == self.inputs else "none"
        self._truth: Truth = default if truth is None else truth
        self._classes = {symbol: index for index, symbol in enumerate(self.outputs)}
        self._read = read
        self._tokenize, self._unknown = None, None
        self._answering: Answering | None = None
        self._unit = ""
        self.text = None
        self.notes = []

    def _check_number(self, truth: Truth, unit: str | None) -> None:
        """Refuse a unit of what is no number, and a true class where there are no classes."""
        if unit is not None and not isinstance(unit, str):
            raise TypeError(f'unit must be text, such as "EUR"; got {unit!r}')
        if not self.network.capabilities.one_number:
            if unit is not None:
                raise ValueError(
                    f"unit={unit!r} is of a module that gives one number, and this one has "
                    f"{len(self.outputs)} output {'classes' if len(self.outputs) > 1 else 'class'} "
                    "with a probability; leave it out"
                )
            return
        if truth not in (None, "none"):
            raise ValueError(
                "truth= says which class is right, and this module gives one number and no "
                'classes; leave it out. Where that is the log-odds of a class, returns="log_odds"'
            )
        self._unit = "" if unit is None else unit

    def __repr__(self) -> str:
        return (
            f"SequenceModel({self.name!r}, {len(self.inputs)} inputs, {len(self.outputs)} outputs)"
        )

    @property
    def network(self) -> Network:
        """What runs the module's private copy; `refresh()` puts another in its place."""
        return self._weights.network

    @network.setter
    def network(self, network: Network) -> None:
        self._weights = Weights(network)

    @property
    def classes(self) -> dict[str, int]:
        """The index of each output class."""
        return self._classes

    @property
    def tokenize(self) -> Tokenize | None:
        """What maps a text to its tokens; None: one symbol a character."""
        return self._tokenize

    @property
    def unknown(self) -> str | None:
        """The symbol that is fed for what the model does not know, if any."""
        return self._unknown

    @property
    def truth(self) -> Truth:
        """What the right answer is: "next", "same", "word", "none" or a callable."""
        return self._truth

    @property
    def unit(self) -> str | None:
        """The unit of the one number that it gives, "" if it has none; None: it has classes."""
        return self._unit if self.network.capabilities.one_number else None

    def refresh(self) -> None:
        """Take the module's weights anew: it has trained on since the last copy.

        All models that `by` has made of this one take them too. Widgets that show it go on with
        the weights that they have until they are refreshed themselves.

        Raises:
            TypeError, ValueError, RuntimeError: If the module does not work any more as it did;
                the weights that were there stay.
        """
        self._weights.network = self.network.renewed()

    def snapshot(self, network: Network | None = None) -> Self:
        """The same model for good with the weights that it has now: `refresh` does not reach it.

        No copy of the weights is made.

        Args:
            network: Other weights of the same module; default: its own.
        """
        other = copy.copy(self)
        other.network = self.network if network is None else network
        return other

    def take(self, network: Network) -> None:
        """Go on with other weights of the same module, with all models that share them."""
        self._weights.network = network

    def by(self, measure: Named, **options: Any) -> Self:
        """The same model, read by a measure of its own: to stand beside itself as a facet.

        Args:
            measure: A measure's name; see `rv.connectivity`.
            options: Of a method: `baseline`, the input symbol that stands for nothing (default:
                zeros), of integrated_gradients, deep_lift and occlusion; `n_steps` (50), of
                integrated_gradients; `samples` (25) and `noise` (0.1), of smooth_grad.

        Returns:
            A model with the same weights, whose name tells the measure. No copy is made.

        Raises:
            TypeError, ValueError: If there is no such measure, or it has no such option.
        """
        found = make_method(measure, **options) if options else any_measure(measure)
        other = copy.copy(self)
        name = self.name
        if self.measure is not None:
            name = name.removesuffix(f", {title_of(self.measure)}")
        other.measure = found if isinstance(found, Method) else found.name
        other.name = f"{name}, {title_of(found.name)}"
        return other

    def tokens(self, text: str) -> Tokens:
        """Read a text as this model does.

        Raises:
            TypeError: If `text` is not a string.
            UnknownSymbolError: If it holds what the model does not know.
            ValueError: If it is empty, has half of a surrogate pair in it, or no tokens can be made
                of it; if it is not `text`, of a model of vectors.
        """
        if isinstance(text, str):
            check_surrogates(text, "the text")
        return self._read(text)

    def answers(self, tokens: Tokens) -> list[Answer]:
        """What should be predicted at each output; of one for the whole text, the same at each."""
        if self.network.capabilities.one_number:
            return [Answer(None, "it gives one number, and has no classes")] * len(tokens)
        if self._answering is not None:
            return self._answering(tokens, self._classes)
        if self.network.capabilities.one_output:
            return [whole_text(self._truth, tokens, self._classes)] * len(tokens)
        return answers_for(self._truth, tokens, self._classes)
