"""Calls that do not fit: each says what would."""

import inspect

import pytest

import rnnviz_widget as rv
from rnnviz_widget.calls import check_choice, did_you_mean, suggest_arguments


@suggest_arguments(sentence="text", device="move the module instead")
def shown(model, text, *, place=None, longer_name=1):
    """Show it.

    Args:
        model: The model, such as
            one of yours. More about it.
        text: What it reads.
        place: Where.
        longer_name: A number, e.g. 3.

    Returns:
        All of it.
    """
    return model, text, place, longer_name


class Made:
    """A thing.

    Args:
        size: How large it is.
    """

    @suggest_arguments()
    def __init__(self, size, *others, colour="red", **rest):
        self.all = size, others, colour, rest

    @classmethod
    @suggest_arguments()
    def of(cls, size):
        """Make one."""
        return cls(size)


def test_a_call_that_fits_is_as_it_was():
    assert shown(1, text=2, longer_name=3) == (1, 2, None, 3)
    assert Made(1, 2, 3, colour="blue", depth=4).all == (1, (2, 3), "blue", {"depth": 4})
    assert Made.of(5).all == (5, (), "red", {})
    assert list(inspect.signature(shown).parameters) == ["model", "text", "place", "longer_name"]
    assert list(inspect.signature(Made).parameters) == ["size", "others", "colour", "rest"]
    assert shown.__name__ == "shown"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: shown(1, 2, plce=3), "shown() has no argument 'plce'; did you mean 'place'?"),
        (lambda: shown(1, 2, Place=3), "shown() has no argument 'Place'; did you mean 'place'?"),
        (
            lambda: shown(1, 2, zzz=3),
            "shown() has no argument 'zzz'; it has model, text, place, longer_name",
        ),
        (
            lambda: shown(1, sentence=3),
            "shown() has no argument 'sentence'; here it is called 'text'. What it reads.",
        ),
        (
            lambda: shown(1, 2, device=3),
            "shown() has no argument 'device'; move the module instead",
        ),
        (lambda: shown(1), "shown() needs text. text: What it reads."),
        (
            shown,
            (
                "shown() needs model and text. model: The model, such as one of yours. "
                "text: What it reads."
            ),
        ),
        (
            lambda: shown(1, 2, 3),
            (
                "shown() takes model and text without a name, and all others as name=value; got 3 "
                "without a name. model: The model, such as one of yours. text: What it reads."
            ),
        ),
        (
            lambda: shown(1, 2, text=3),
            "shown() got text twice: once without its name, and as text=",
        ),
        (Made, "Made() needs size. size: How large it is."),
        (Made.of, "of() needs size."),
    ],
)
def test_a_call_that_does_not_fit_says_what_would(call, words):
    with pytest.raises(TypeError) as refused:
        call()
    assert str(refused.value).rstrip() == words
    assert refused.value.__suppress_context__


def test_an_error_of_the_function_itself_stays():
    @suggest_arguments()
    def fails(number):
        return len(number)

    with pytest.raises(TypeError, match="object of type 'int' has no len"):
        fails(3)


def test_names_that_are_near_are_suggested_whatever_their_case():
    names = ["gru", "gru-small", "lstm"]
    assert did_you_mean("LSTM", names) == "; did you mean 'lstm'?"
    assert did_you_mean("gru_small", names) == "; did you mean 'gru-small'?"
    assert did_you_mean("transformer", names) == did_you_mean(3, names) == ""


def test_a_choice_lists_what_there_is():
    check_choice("of", "logit", ["logit", "log_prob"])
    with pytest.raises(ValueError) as refused:
        check_choice("of", "logits", ["logit", "log_prob"], rest=", or None")
    words = "of must be one of 'logit', 'log_prob', or None; got 'logits'; did you mean 'logit'?"
    assert str(refused.value) == words
    with pytest.raises(ValueError, match=r"of must be one of 'logit'; got \['logit'\]$"):
        check_choice("of", ["logit"], ["logit"])


NAMES = [
    *("check", "check_unit", "connectivity", "evaluate", "explore", "from_rows", "load_pretrained"),
    *("randomised", "save_html", "story", "SequenceModel", "Checkpoints"),
]


@pytest.mark.parametrize("name", NAMES)
def test_public_functions_know_the_argument_that_was_meant(name):
    public = getattr(rv, name)
    parameters = inspect.signature(public).parameters
    last = list(parameters)[-1]
    with pytest.raises(TypeError) as refused:
        public(**{f"{last}s": 1})
    assert str(refused.value) == f"{name}() has no argument '{last}s'; did you mean {last!r}?"
