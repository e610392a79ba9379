"""A background fill that is watched, or held up."""

import threading


def watch(explorer):
    """The rows asked of each facet's engine, by facet: alone, or by the fill."""
    counts = {}
    for facet in explorer.caches:
        pieces, fill, seen = facet.reading.pieces, facet.reading.fill, []
        counts[facet.name] = seen

        def one(s, pieces=pieces, seen=seen):
            seen.append(s)
            return pieces(s)

        def many(rows, fill=fill, seen=seen, **more):
            seen.extend(rows)
            return fill(rows, **more)

        facet.reading.pieces, facet.reading.fill = one, many
    return counts


def held_up(facet, parts):
    """Lets a facet's fill do so many parts, then wait: what says so, and what lets it go on."""
    inside, go_on = threading.Event(), threading.Event()
    original = facet.reading.fill

    def fill(rows, **more):
        for number, part in enumerate(original(rows, **more)):
            if number == parts:
                inside.set()
                go_on.wait(20)
            yield part

    facet.reading.fill = fill
    return inside, go_on
