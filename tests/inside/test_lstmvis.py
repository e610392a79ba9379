"""The compatibility mode against the published algorithm, written out independently."""

import numpy as np
import pytest
from inside.lstmvis_published import matches, selection

from rnnviz_widget.inside.lstmvis import lstmvis_matches
from rnnviz_widget.inside.on_bits import OnBits
from rnnviz_widget.inside.selection import select_units
from rnnviz_widget.inside.text_states import TextStates
from rnnviz_widget.inside.thresholds import fixed_threshold, quantile_thresholds


def smooth_states(seed, steps, units):
    """States that stay on for a while, as those of a recurrent network."""
    rng = np.random.default_rng(seed)
    keep = rng.uniform(0.2, 0.95, units)
    noise = rng.standard_normal((steps, units))
    states = np.zeros((steps, units))
    for t in range(1, steps):
        states[t] = keep * states[t - 1] + np.sqrt(1 - keep**2) * noise[t]
    return np.tanh(states).astype([np.float32, np.float64][seed % 2])


def bits(states, threshold=0.3):
    texts = TextStates.of(*states) if isinstance(states, list) else TextStates.of(states)
    return OnBits.of(texts, fixed_threshold(texts, threshold))


@pytest.mark.parametrize("seed", range(20))
def test_selection_and_matches_are_the_published_ones(seed):
    rng = np.random.default_rng(100 + seed)
    # Many steps and few units: more candidates than are enough, so that the order by d counts.
    steps, units = ((12_000, 12), (3_000, 30), (400, 64))[seed % 3]
    states = smooth_states(seed, steps, units)
    threshold = float(states.dtype.type(rng.uniform(0.1, 0.5)))
    before, after = ((1, 0), (0, 0), (2, 1), (0, 3))[seed % 4]
    on = bits(states, threshold)
    # The first span in which at least two units are selected.
    for start in range(50, steps - 10):
        stop = start + 1 + seed % 3
        cells = selection(states, threshold, start, stop, before, after)
        if len(cells) > 1:
            break
    found = select_units(on, start, stop, before=before, after=after)
    assert len(cells) > 1
    assert list(found.units) == cells
    assert set(found.sides) == {"high"}
    for mode in ("fast", "precise"):
        candidates, right = matches(
            states, threshold, cells, left=before > 0, right=after > 0, mode=mode
        )
        ours = lstmvis_matches(on, found, mode=mode)
        assert len(right) == 50
        assert ours.compared == candidates
        got = [(m.start, m.stop - m.start, len(m.held), len(cells) + m.others) for m in ours.places]
        assert got == right
        assert [m.score for m in ours.places] == [both / either for *_, both, either in right]


def test_fast_mode_reads_the_first_half_million_steps_only():
    states = np.zeros((500_100, 2), np.float32)
    for at in (1_000, 499_998, 500_050):
        states[at : at + 4] = 1
    on = bits(states)
    chosen = select_units(on, 1_000, 1_004)
    fast = lstmvis_matches(on, chosen)
    assert [(m.start, m.stop) for m in fast.places] == [(1_000, 1_004), (499_998, 500_000)]
    precise = lstmvis_matches(on, chosen, mode="precise")
    assert [m.start for m in precise.places] == [1_000, 499_998, 500_050]
    _, right = matches(states, 0.3, [0, 1], left=True, right=False)
    assert [place[:2] for place in right] == [(m.start, m.stop - m.start) for m in fast.places]


def test_runs_do_not_go_from_a_text_into_the_next():
    on_at = [np.zeros((10, 1)) for _ in range(2)]
    on_at[0][2:4] = on_at[0][7:] = 1  # to the end of the text
    on_at[1][:3] = on_at[1][5:8] = 1  # from its beginning
    on = bits(on_at)
    found = lstmvis_matches(on, select_units(on, 2, 4, text=0))
    assert [(m.text, m.start, m.stop) for m in found.places] == [(1, 5, 8), (0, 2, 4)]
    # As one text LSTMVis takes what lies across the seam for one place.
    _, across = matches(np.concatenate(on_at), 0.3, [0], left=True, right=False)
    assert (7, 6) in [place[:2] for place in across]


def test_all_units_on_is_a_selection_and_none_is_refused():
    states = np.full((6, 3), -1.0)
    states[2:4] = 1
    on = bits(states)
    everything = select_units(on, 2, 4)
    assert everything.units == (0, 1, 2)
    assert [m.score for m in lstmvis_matches(on, everything).places] == [1.0]
    nothing = select_units(on, 0, 2)
    assert len(nothing) == 0
    assert nothing.table() == []
    with pytest.raises(ValueError, match="no unit is selected"):
        lstmvis_matches(on, nothing)


def test_what_it_does_not_know_is_refused():
    texts = TextStates.of(smooth_states(0, 50, 4))
    both_sides = OnBits.of(texts, quantile_thresholds(texts, 0.5))
    chosen = select_units(both_sides, 10, 11, before=0)
    with pytest.raises(ValueError, match="LSTMVis knows no low values"):
        lstmvis_matches(both_sides, chosen)
    with pytest.raises(ValueError, match="by the same thresholds"):
        lstmvis_matches(bits(texts.states), chosen)
    high = select_units(bits(texts.states, -2.0), 10, 11, before=0)
    with pytest.raises(ValueError, match="mode must be 'fast' or 'precise'; got 'slow'"):
        lstmvis_matches(bits(texts.states), high, mode="slow")
    with pytest.raises(ValueError, match="limit must be at least 1; got 0"):
        lstmvis_matches(bits(texts.states), high, limit=0)
    with pytest.raises(ValueError, match="a layer of 4 units, the texts have 3"):
        lstmvis_matches(bits(texts.states[:, :3]), high)
