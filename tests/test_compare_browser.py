"""The page of a comparison in a real browser: no error, no request, filters, windows and sorting by keyboard, Japanese."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from capcode.interpreter.ask_compare import Question, make_page
from capcode.interpreter.compare_report import html

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (.ci/run installs it)")
TESTS = Path(__file__).parent
# Is the glyph of a letter another picture than that of a letter that no font has?
HAS_GLYPH = """letter => {
  const draw = text => { const c = document.createElement('canvas'); c.width = c.height = 40; const x = c.getContext('2d');
    x.font = '30px ' + getComputedStyle(document.body).fontFamily; x.fillText(text, 2, 32);
    return c.toDataURL(); };
  return draw(letter) !== draw('\\u{10FFFE}') && draw(letter) !== draw(' ');
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    page = make_page(Question(("tenth_scheme",), plants=("cement", "paper"), years="2024-2030", year="2026", roots=(str(TESTS),)))
    found = {}
    for language in ("en", "ja"):
        found[language] = folder / f"{language}.html"
        found[language].write_text(html(page, language), encoding="utf-8")
    return found


@pytest.fixture
def tab(browser: Browser, files: dict[str, Path], request: pytest.FixtureRequest) -> Iterator[Tab]:
    """A page that must end without an error or a request."""
    tab = browser.new_page(viewport={"width": 1400, "height": 900})
    errors: list[str] = []
    tab.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda asked: errors.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None)
    tab.goto(files[getattr(request, "param", "en")].as_uri())
    yield tab
    tab.close()
    assert errors == []


@pytest.mark.parametrize("tab", ["en", "ja"], indirect=True)
def test_tables_and_pictures_are_there(tab: Tab) -> None:
    tab.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    tab.wait_for_function("[...document.images].every(i => i.complete)")

    assert tab.locator("#rows tr[data-row]:not([data-head])").count() > 80
    assert tab.locator("img").count() >= 3
    assert tab.evaluate("[...document.images].every(i => i.naturalWidth > 100 && i.alt)")


@pytest.mark.parametrize("tab", ["ja"], indirect=True)
def test_japanese_is_drawn(tab: Tab) -> None:
    assert tab.evaluate("document.documentElement.lang") == "ja"
    assert "無償割当量" in tab.locator("#rows").inner_text()
    assert all(tab.evaluate(HAS_GLYPH, letter) for letter in "割当価格量")


def test_a_derivation_opens_and_closes_by_keyboard(tab: Tab) -> None:
    button = tab.locator("#rows tr[data-plant=cement] button.how").first
    button.focus()
    window = tab.locator(f"#{button.get_attribute('popovertarget')}")
    assert not window.is_visible()

    tab.keyboard.press("Enter")
    assert window.is_visible()
    assert "Art" in window.inner_text()
    tab.keyboard.press("Escape")
    assert not window.is_visible()


def test_rows_are_filtered_by_words_and_plant(tab: Tab) -> None:
    shown = "#rows tr[data-row]:not([data-head]):not([hidden])"
    every = tab.locator(shown).count()

    tab.locator("#plant").select_option("cement")
    assert 0 < tab.locator(shown).count() < every
    assert tab.locator("#rows tr[data-plant=paper]:not([hidden])").count() == 0
    tab.locator("#filter").fill("banked")
    assert tab.locator(shown).count() == 1 and tab.locator("#count").inner_text() == "1"
    assert tab.locator("#rows tr[data-head]:not([hidden])").count() == 1


def test_a_table_sorts_by_a_column(tab: Tab) -> None:
    tab.locator("#paths summary").first.click()
    head = tab.locator("#paths details").first.locator("thead th").nth(1)
    head.locator("button").focus()
    tab.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    tab.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"


def test_dark_and_print(tab: Tab) -> None:
    light = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.emulate_media(color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != light
    tab.emulate_media(media="print", color_scheme="light")
    assert tab.evaluate("getComputedStyle(document.querySelector('.tools')).display") == "none"


def test_without_scripts_everything_is_shown(browser: Browser, files: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(files["en"].as_uri())

    assert tab.locator("#rows tr[data-row]:not([data-head])").count() > 80
    assert tab.locator("#rows tr[hidden]").count() == 0
    context.close()
