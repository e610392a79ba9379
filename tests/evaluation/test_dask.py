"""Texts spread over the workers of a real Dask cluster, on loopback."""

import os
import pickle

import numpy as np
import psutil
import pytest
from evaluation import plainly
from evaluation.plainly import TEXTS, same, word_model
from small import LETTERS, recurrent

import rnnviz_widget as rv


def evaluate(model, texts, **options):
    return rv.evaluate(model, texts, progress=False, start=5, **options)


@pytest.fixture(scope="module")
def client():
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.worker.profile.enabled": False}),
        LocalCluster(
            n_workers=1,
            processes=True,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # by None it is port 8787, which may be taken
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_the_cluster_listens_on_loopback_only(client):
    us = psutil.Process()
    listening = [
        connection.laddr.ip
        for process in (us, *us.children(recursive=True))
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}


def test_tallies_are_those_found_here(client):
    assert client.submit(os.getpid).result() != os.getpid()
    model = word_model()
    same(evaluate(model, TEXTS, client=client), evaluate(model, TEXTS), elsewhere=True)


def test_what_is_kept_is_not_sent_again(client, tmp_path, monkeypatch):
    from rnnviz_widget.evaluation.kept import Kept

    model = word_model()
    path = tmp_path / "kept.jsonl"
    adding = Kept.adding

    def interrupted(kept, found):
        yield next(adding(kept, found))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Kept, "adding", interrupted)
        with pytest.raises(KeyboardInterrupt):
            evaluate(model, TEXTS, client=client, keep=path)
    assert len(path.read_bytes().splitlines()) == 2
    assert client.futures == {}  # nothing goes on, and no model is kept
    sent = []
    submit = client.submit
    monkeypatch.setattr(client, "submit", lambda *a, **k: sent.append(a[1]) or submit(*a, **k))
    expected = evaluate(model, TEXTS)
    same(evaluate(model, TEXTS, client=client, keep=path), expected, elsewhere=True)
    assert len(sent) == len(TEXTS) - 1
    assert len(set(sent)) == len(sent)
    same(evaluate(model, TEXTS, client=client, keep=path), expected, elsewhere=True)  # all is there
    same(evaluate(model, TEXTS, keep=path), expected, elsewhere=True)  # here as there
    assert len(sent) == len(TEXTS) - 1


def test_what_goes_wrong_on_a_worker_comes_back_in_the_same_words(client):
    for texts, kind in (([TEXTS[0], "c4t"], ValueError), ([TEXTS[0], ""], ValueError)):
        said = []
        for where in (None, client):
            with pytest.raises(kind, match="text 1: ") as error:
                evaluate(word_model(), texts, client=where)
            said.append(str(error.value))
        assert said[0] == said[1]
    with pytest.raises(ValueError, match="memory can't be measured"):
        evaluate(word_model(), [" it"], client=client)
    broken = recurrent()
    broken.embedding.weight.data[LETTERS.index("x")] = np.nan
    with pytest.raises(FloatingPointError, match=r"text 3: .* logits that are not finite"):
        evaluate(rv.SequenceModel(broken, LETTERS), TEXTS, client=client, memory=False)


def test_functions_that_have_no_name_travel_too(client):
    module = recurrent()

    def model():
        return rv.SequenceModel(
            module,
            LETTERS,
            truth=lambda symbols: [symbol if symbol == "t" else None for symbol in symbols],
            tokenize=lambda text: [(c, t, t + 1) for t, c in enumerate(text)],
        )

    same(evaluate(model(), TEXTS, client=client), evaluate(model(), TEXTS), elsewhere=True)


def test_a_model_travels_by_pickle():
    for model in (word_model("lstm"), plainly.next_model(), rv.load_pretrained("gru")):
        again = pickle.loads(pickle.dumps(model))
        text = TEXTS[0]
        one, other = (rv.connectivity(each, text, tolerance=0) for each in (model, again))
        assert np.array_equal(one.scores, other.scores)
        assert (one.targets, one.engine, repr(model)) == (other.targets, other.engine, repr(again))
    again.refresh()  # it has a module of its own to take weights from
    assert np.array_equal(rv.connectivity(again, text, tolerance=0).scores, one.scores)
    with again.network.lock:
        assert again.network.lock is not model.network.lock
