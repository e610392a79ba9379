"""A torch module together with what its numbers stand for."""

from __future__ import annotations

from torch import nn

from rnnviz_widget.engines import Network

from .symbols import Symbols, Tokenize, Tokens, read_symbols, read_text
from .truth import Answer, Truth, answers_for


class SequenceModel:
    """A sequence model one can explore: a module, its symbols and what it predicts.

    Args:
        module: Any torch module that maps ids (1, T) to logits (1, T, V), or to a tuple that
            starts with them. It is copied now and by `refresh()`, in eval mode with frozen
            parameters, and never touched; where it can't be copied it is used itself, in turns,
            and the page says so.
        inputs: The input symbols in id order: a string (one a character), a list, or a mapping.
        outputs: The output classes, likewise, one for each logit; default: the inputs.
        name: What the page calls it; default: the module's class.
        embedding: The submodule (or its name) that turns ids into vectors; default: found.
        batch_first: Whether ids are (1, T); else (T, 1), and logits (T, 1, V).
        tokenize: Maps a text to its tokens: symbols, or (symbol, start, end) with the characters
            that each spans. Default: one symbol a character, nothing prepended.
        unknown: The input symbol to feed for what the model does not know; default: an error.
        truth: What the right answer is at each position: "next" (the token that follows; the
            default when the outputs are the inputs), "word" (the word being typed: each
            character, and the space before it, stands for the whole word), a callable that maps
            the list of tokens to a class, or None, for each; or "none" (the default when the
            outputs differ).

    Attributes:
        inputs: The input symbols, a tuple in id order.
        outputs: The output classes, a tuple in id order.
        name: What the page calls it.

    Raises:
        TypeError: If an argument is of the wrong kind.
        ValueError: If sizes don't fit each other or the embedding can't be found.
        RuntimeError: If the module can't be called; the cause is attached.

    Example:
        >>> model = SequenceModel(module, inputs="abc")  # doctest: +SKIP
    """

    def __init__(
        self,
        module: nn.Module,
        inputs: Symbols,
        outputs: Symbols | None = None,
        *,
        name: str | None = None,
        embedding: nn.Module | str | None = None,
        batch_first: bool = True,
        tokenize: Tokenize | None = None,
        unknown: str | None = None,
        truth: Truth = None,
    ) -> None:
        self.inputs = read_symbols(inputs, "inputs")
        self.outputs = self.inputs if outputs is None else read_symbols(outputs, "outputs")
        self.name = type(module).__name__ if name is None else name
        self._input_ids = {symbol: index for index, symbol in enumerate(self.inputs)}
        self._classes = {symbol: index for index, symbol in enumerate(self.outputs)}
        if tokenize is not None and not callable(tokenize):
            raise TypeError(f"tokenize must be callable; got {type(tokenize).__name__}")
        if unknown is not None and unknown not in self._input_ids:
            raise ValueError(f"unknown={unknown!r} must be one of the input symbols; it is not")
        if not (truth is None or callable(truth) or truth in ("next", "word", "none")):
            raise ValueError(f'truth must be "next", "word", "none" or a callable; got {truth!r}')
        self._tokenize = tokenize
        self._unknown = unknown
        default = "next" if self.outputs == self.inputs else "none"
        self._truth: Truth = default if truth is None else truth
        self.network = Network(
            module,
            len(self.inputs),
            len(self.outputs),
            embedding=embedding,
            batch_first=batch_first,
        )

    def __repr__(self) -> str:
        return (
            f"SequenceModel({self.name!r}, {len(self.inputs)} inputs, {len(self.outputs)} outputs)"
        )

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
        """What the right answer is: "next", "word", "none" or a callable."""
        return self._truth

    def refresh(self) -> None:
        """Take the module's weights anew: it has trained on since the last copy."""
        self.network.refresh()

    def tokens(self, text: str) -> Tokens:
        """Read a text as this model does.

        Raises:
            TypeError: If `text` is not a string.
            UnknownSymbolError: If it holds what the model does not know.
            ValueError: If it is empty, or no tokens can be made of it.
        """
        return read_text(text, self._input_ids, self._tokenize, self._unknown)

    def answers(self, tokens: Tokens) -> list[Answer]:
        """What should be predicted at each output."""
        return answers_for(self._truth, tokens, self._classes)
