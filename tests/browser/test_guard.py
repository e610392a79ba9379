"""The guard itself can fail."""

import pytest
from browser.guard import Guard

pytestmark = pytest.mark.browser

PLAIN = "<!doctype html><link rel=icon href='data:,'><title>plain</title>"
LOAD = "(src) => document.body.append(Object.assign(document.createElement('script'), { src }))"
WRONGS = {
    "console error": ("console.error('wrong')", "console error: wrong"),
    "console warning": ("console.warn('odd')", "console warning: odd"),
    "exception": ("setTimeout(() => { throw Error('thrown') })", "uncaught: .*thrown"),
    "node": (
        "setTimeout(() => document.body.removeChild(document.createElement('p')))",
        "uncaught: .*removeChild",
    ),
    "rejection": ("Promise.reject(Error('left'))", "uncaught: .*left"),
    "picture": ("new Image().src = 'https://example.org/x.png'", "off the machine: https://exam"),
    "fetch": ("fetch('http://example.org').catch(() => 0)", "off the machine: http://example"),
    "websocket": ("new WebSocket('wss://example.org/')", "off the machine: wss://example.org"),
    "missing page": ("fetch('/missing').catch(() => 0)", "status 404: "),
    "another port": ("fetch('http://127.0.0.1:9/').catch(() => 0)", "off the machine: http://127"),
}


@pytest.fixture
def bare(chromium, lab):
    """A page whose guard belongs to the test, not to the fixtures."""
    page = chromium.new_page()
    guard = Guard(page, lab.base)
    plain = f"{lab.base}/plain"
    page.route(plain, lambda route: route.fulfill(body=PLAIN, content_type="text/html"))
    page.goto(plain)
    yield page, guard
    page.close()


@pytest.mark.parametrize("wrong", WRONGS)
def test_it_sees(bare, wrong):
    page, guard = bare
    script, words = WRONGS[wrong]
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_timeout(0)
    for _ in range(50):
        if guard.complaints:
            break
        page.wait_for_timeout(50)
    with pytest.raises(AssertionError, match=words):
        guard.check()
    guard.check()


def test_it_lets_a_clean_page_pass_and_what_is_named(bare):
    page, guard = bare
    page.evaluate("() => { console.log('fine'); return fetch('/plain') }")
    guard.check()
    guard.allow("^console error: known")
    page.evaluate("() => console.error('known')")
    guard.check()
    page.evaluate("() => console.error('known')")
    with pytest.raises(AssertionError, match="known"):
        guard.check()


SLOW = (
    "Plugin @jupyterlab/apputils-extension:themes (with 3 dependants) took 5062.10ms to activate.",
    "Plugin @jupyterlab/apputils-extension:themes is taking too long to activate.",
    "Item with index 3 did not appear within 5000 ms",
    "task queue exceeded allotted deadline by 41ms",
    "async parser handler taking longer than 5000 ms",
)


@pytest.mark.parametrize("words", SLOW)
def test_it_lets_a_host_say_that_it_is_slow_and_nobody_else(bare, lab, words):
    page, guard = bare
    served = f"{lab.base}/static/its-own.js"
    script = "async (url) => { await import(url) }"

    def says(what):
        page.unroute(f"{served}*")
        page.route(
            f"{served}*", lambda route: route.fulfill(body=what, content_type="text/javascript")
        )

    says(f"console.warn({words!r})")
    page.evaluate(script, f"{served}?slow")
    guard.check()
    wrongs = (f"console.error({words!r})", f"console.warn('ours: ' + {words!r})")
    for n, wrong in enumerate(wrongs):
        says(wrong)
        page.evaluate(script, f"{served}?{n}")
        with pytest.raises(AssertionError, match="console "):
            guard.check()
    inline = "(code) => import(URL.createObjectURL(new Blob([code], {type: 'text/javascript'})))"
    for where in (f"() => console.warn({words!r})", None):
        page.evaluate(where) if where else page.evaluate(inline, f"console.warn({words!r})")
        with pytest.raises(AssertionError, match="console warning"):
            guard.check()


def test_it_holds_a_host_to_what_it_asks_itself(bare):
    page, guard = bare
    page.route("https://cdn.example.org/**", lambda route: route.abort())
    asks = "() => fetch('https://cdn.example.org/a.js').catch(() => 0)"
    guard.host_asks(r"^https://cdn\.example\.org/a\.js$")
    page.evaluate(asks)
    guard.check()
    page.evaluate(asks)
    with pytest.raises(AssertionError, match="off the machine: https://cdn"):
        guard.check()
    guard.host_asks(r"^https://cdn\.example\.org/b\.js$")
    with pytest.raises(AssertionError, match=r"the host never asked for .*b\\"):
        guard.check()
    guard.check()


def test_it_lets_a_file_ask_nothing_but_itself(chromium, tmp_path):
    path, other = tmp_path / "page.html", tmp_path / "other.js"
    path.write_text(f"{PLAIN}<script src=other.js></script>")
    other.write_text("0")
    page = chromium.new_page()
    guard = Guard(page, path.as_uri())
    page.goto(path.as_uri())
    with pytest.raises(AssertionError, match=r"off the machine: file:.*other\.js"):
        guard.check()
    page.close()


@pytest.mark.parametrize(("script", "complains"), [("/host.js", False), ("data:", True)])
def test_a_cell_that_the_host_takes_out_twice_is_the_hosts_own(bare, script, complains):
    page, guard = bare
    source = "document.body.removeChild(document.createElement('p'))"
    page.route(
        "**/host.js", lambda route: route.fulfill(body=source, content_type="text/javascript")
    )
    address = script if script.startswith("/") else f"data:text/javascript,{source}"
    with page.expect_event("pageerror"):
        page.evaluate(LOAD, address)
    assert bool(guard.complaints) == complains
    guard.complaints.clear()
