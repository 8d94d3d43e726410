"""The status page in a real browser: wide and narrow, light and dark, calm and in trouble."""

import pathlib
import signal
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

import fake_platform
import harness
import pages
from webdriver import Browser

CHECKS = (pathlib.Path(__file__).parent / "checks.js").read_text()
SCREENSHOTS = pathlib.Path(__file__).parent.parent.parent / "build" / "screenshots"

LOOKS = [
    pytest.param({"width": width, "height": height, "dark": dark}, id=f"{name}-{shade}")
    for name, width, height in (("desktop", 1280, 900), ("tablet", 800, 1000), ("phone", 390, 844))
    for shade, dark in (("light", False), ("dark", True))
]

Open = Callable[..., Browser]


@pytest.fixture(params=LOOKS)
def browser(request: pytest.FixtureRequest, open_browser: Open) -> Browser:
    return open_browser(**request.param)


def look_at(browser: Browser, exporter: harness.Exporter, picture: str = "") -> None:
    """Opens the page, takes its picture and checks what every page must be."""
    browser.go(exporter.url + "/")
    if picture:
        browser.screenshot(SCREENSHOTS / f"{picture}.png")
        browser.screenshot(SCREENSHOTS / f"{picture}-whole.png", whole=True)
    assert browser.run(CHECKS) == []
    assert browser.console() == []


def names(browser: Browser) -> list[str]:
    """The apps' names from the top to the bottom of the page."""
    return browser.run(
        "return [...document.querySelectorAll('tbody a')]"
        ".sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)"
        ".map((link) => link.lastElementChild.textContent)"
    )


def picture_name(request: pytest.FixtureRequest, page: str) -> str:
    return f"{page}-{request.node.callspec.id}"


def test_shows_trouble_first(
    browser: Browser, trouble: harness.Exporter, request: pytest.FixtureRequest
) -> None:
    look_at(browser, trouble, picture_name(request, "trouble"))
    assert browser.title() == "7 of 12 apps have trouble – EverAI exporter"
    shown = browser.run("return document.querySelector('h1').getBoundingClientRect().bottom")
    assert 0 < shown < 200, "the headline is in sight"
    assert set(names(browser)[:7]) == set(pages.TROUBLES)


def test_reads_well_with_200_apps(
    browser: Browser, many: harness.Exporter, request: pytest.FixtureRequest
) -> None:
    look_at(browser, many, picture_name(request, "many"))
    assert browser.title() == "11 of 200 apps have trouble – EverAI exporter"
    assert len(names(browser)) == 200
    assert browser.run("return document.documentElement.outerHTML.length") < 300_000


def test_survives_hostile_names_and_messages(
    browser: Browser, hostile: harness.Exporter, request: pytest.FixtureRequest
) -> None:
    look_at(browser, hostile, picture_name(request, "hostile"))
    assert "pwned" not in browser.title()
    assert browser.run("return document.querySelectorAll('script, img, b b, [onmouseover]').length") == 0
    shown = names(browser)
    for name in pages.HOSTILE_NAMES[:4]:
        assert name in shown
    assert "safe\\u202etxt.exe" in shown
    assert "\u202e" not in browser.run("return document.body.textContent")


@pytest.mark.parametrize(
    "damage, complaint",
    [
        ("h1.style.color = '#ccc'", "has a contrast of"),
        ("h1.style.color = getComputedStyle(document.body).backgroundColor", "has a contrast of 1.00"),
        ("h1.style.width = '3000px'", "the page scrolls sideways"),
        ("h1.style.marginTop = '-30px'", "overlaps"),
        ("cell.style.paddingLeft = '300px'; cell.style.whiteSpace = 'nowrap'", "runs out of its place"),
        ("cell.style.display = 'none'", "cannot be seen"),
        ("document.querySelector('nav a').textContent = ''", "is a link without a name"),
        ("document.querySelector('.bar title').remove()", "is a picture without a name"),
        ("document.documentElement.lang = ''", "the language is not said"),
    ],
)
def test_the_checks_find_faults(
    open_browser: Open, trouble: harness.Exporter, damage: str, complaint: str
) -> None:
    browser = open_browser(width=1280, height=900, dark=False)
    browser.go(trouble.url + "/")
    browser.run(
        "const h1 = document.querySelector('h1'), cell = document.querySelector('tbody td');" + damage
    )
    assert complaint in "\n".join(browser.run(CHECKS))


def test_keeps_the_head_of_the_table_in_sight(open_browser: Open, many: harness.Exporter) -> None:
    browser = open_browser(width=1280, height=900, dark=False)
    browser.go(many.url + "/")
    browser.run("scrollTo(0, 5000)")
    assert browser.run("return document.querySelector('thead th').getBoundingClientRect().top") == 0


def test_links_to_the_series_of_an_app(open_browser: Open, hostile: harness.Exporter) -> None:
    browser = open_browser(width=1280, height=900, dark=False)
    browser.go(hostile.url + "/")
    links = browser.run("return [...document.querySelectorAll('tbody a')].map((link) => link.href)")
    assert len(links) == len(pages.HOSTILE_NAMES) + 2
    for link in links:
        app = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["app"][0]
        answer = harness.fetch(link)
        assert answer.status == 200, app
        page = harness.Page(answer.text)
        assert len(page.values("everai_app_up")) == 1, app


def test_links_lead_somewhere(open_browser: Open, trouble: harness.Exporter) -> None:
    browser = open_browser(width=1280, height=900, dark=False)
    browser.go(trouble.url + "/")
    links = browser.run("return [...document.querySelectorAll('nav a')].map((link) => link.href)")
    assert len(links) == 4
    for link in links:
        assert harness.fetch(link).status == 200, link


def test_needs_no_scripts(open_browser: Open, trouble: harness.Exporter) -> None:
    browser = open_browser(width=390, height=844, dark=False, scripts=False)
    browser.go("data:text/html,<title>off</title><script>document.title='on'</script>")
    assert browser.title() == "off", "scripts are really off"
    look_at(browser, trouble)


def test_policy_is_enforced(open_browser: Open, trouble: harness.Exporter) -> None:
    browser = open_browser(width=1280, height=900, dark=False)
    browser.go(trouble.url + "/")
    colour = "return getComputedStyle(document.body).backgroundColor"
    before = browser.run(colour)
    assert before == "rgb(246, 246, 244)", "the stylesheet is let in"
    browser.run(
        "document.body.setAttribute('style', 'background: red');"
        "const style = document.createElement('style');"
        "style.textContent = 'body { background: red }';"
        "document.head.append(style);"
    )
    assert browser.run(colour) == before
    assert "Content Security Policy" in " ".join(browser.console())


def test_sends_headers_that_keep_it_to_itself(trouble: harness.Exporter) -> None:
    headers = harness.fetch(trouble.url + "/").headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("width, height", [(1280, 900), (390, 844)])
def test_tells_why_a_reload_failed(
    start: Callable[..., Any],
    open_browser: Open,
    platform: fake_platform.FakePlatform,
    tmp_path: pathlib.Path,
    width: int,
    height: int,
) -> None:
    platform.behaviours["sd"] = fake_platform.good
    config = tmp_path / "everai.yml"
    config.write_text("apps: [{name: sd}]\n")
    exporter = start(
        harness.Exporter, "--config.file", str(config), endpoint=platform.url, apps=[]
    )
    exporter.wait_until_ready()
    browser = open_browser(width=width, height=height, dark=False)
    look_at(browser, exporter)
    assert browser.title() == "The app is up – EverAI exporter"
    assert browser.run("return document.querySelector('.alert')") is None
    config.write_text("apps: [{name: sd, colour: red}]\n")
    exporter.send_signal(signal.SIGHUP)
    pages.wait_for_status(
        exporter, lambda status: not status["config"]["last_reload_successful"], "the reload failed"
    )
    look_at(browser, exporter, f"reload-{width}")
    alert = browser.run("return document.querySelector('.alert').textContent")
    assert alert.startswith("The last reload of the configuration failed; the one before stays in")
    assert f"{config}:1:19: " in alert and "colour" in alert
