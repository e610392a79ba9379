"""What the check of an output shows, in words; `js/src/state/check-words.ts` must say the same."""

from __future__ import annotations

from rnnviz_widget.scene.output_check import OutputCheck

from .format import amount, model_name, visible
from .shared import WORDING, say

# The sentence is about so many inputs, or the next fewer that there are.
_COUNT_IN_SENTENCE = 4
# Of one input and of several: without the strongest, and without those that speak most for what is
# explained.
_FORMS = (("check_one", "check"), ("check_for_one", "check_for"))
_INPUTS = {
    "character": ("one_character", "many_character"),
    "token": ("one_token", "many_token"),
    "step": ("one_step", "many_step"),
}
_DRAWN = {"text": "check_text", "all": "check_all", "steps": "check_steps"}


def check_sentences(name: str, check: OutputCheck) -> list[str]:
    """What is left of a model's prediction, and what is wrong with its row or with the model.

    Args:
        name: The model's name.
        check: The check.
    """
    place = max(n for n, count in enumerate(check.counts) if count <= _COUNT_IN_SENTENCE)
    count = check.counts[place]
    several, model = count > 1, model_name(name)
    found = [
        say(
            _FORMS[check.signed][several],
            count=count,
            inputs=WORDING[_INPUTS[check.of][several]],
            model=model,
            what=_what(check),
            left=about(check.strongest.mean[place], check.unit),
            before=about(check.before, check.unit),
            nearest=about(check.nearest.mean[place], check.unit),
            random=about(check.random.mean[place], check.unit),
        )
    ]
    if check.flagged:
        words = "check_flagged" if check.unit is None else "check_flagged_number"
        found.append(say(words, inputs=WORDING[_INPUTS[check.of][True]]))
    if check.again is not None:
        found.append(say("check_again", model=model, again=about(check.again, check.unit)))
    return [f"{each[0].upper()}{each[1:]}." for each in found]


def drawn_sentence(check: OutputCheck) -> str:
    """What takes the place of an exchanged input."""
    return f"{WORDING[_DRAWN[check.drawn]]}."


def _what(check: OutputCheck) -> str:
    if check.unit is not None:
        return ""
    if check.rival is None:
        return say("check_class", name=visible(check.name))
    return say("check_pair", name=visible(check.name), rival=visible(check.rival))


def about(p: float, unit: str | None) -> str:
    """A probability to the percent, since it is a mean over draws; or a model's one number."""
    if unit is not None or not 0.01 <= p <= 0.99:
        return amount(p, unit)
    return f"{int(100 * p + 0.5)} %"
