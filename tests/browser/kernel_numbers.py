"""What a kernel says of a widget's numbers, and whether a picture shows them."""

from browser.checks import check_chips, check_colours, check_selection

# kernel_numbers(w, s): by facet, the row that explains character s, and what stands above the text.
KERNEL_NUMBERS = """def kernel_numbers(widget, s):
    from rnnviz_widget.reading import Reading
    facets = {}
    for name, model in widget.models.items():
        reading = Reading(model, widget.text)
        best, target = reading.facet.at(s)
        facets[name] = {
            "row": reading.rows([s])[0].tolist(),
            "predictions": [tuple(guess) for guess in best[:3]],
            "target": target.name,
            "probability": target.probability,
            "rank": target.rank,
        }
    return facets
"""


def check_kernel_numbers(picture, expected, position):
    """All facets of a picture, which shows `position`, against what the kernel says of it."""
    assert picture.names == list(expected)
    for name, numbers in expected.items():
        rest = dict(numbers)
        check_colours(picture, name, rest.pop("row"), position)
        check_selection(picture, name, position)
        check_chips(picture, name, **rest)
