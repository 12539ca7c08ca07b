"""A real browser, opened once a file; where there is none its tests are skipped, or fail where one was promised."""

import os
import shutil

import pytest

REQUIRED = os.environ.get("TAUT_TEST_BROWSER") == "required"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def missing(what):
    if REQUIRED:
        pytest.fail(f"TAUT_TEST_BROWSER=required, but {what}: the pages were not opened", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        missing("no Chromium on this machine")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright is not installed")
    # A sandbox of Chromium's own needs a user other than root.
    options = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=options)
        yield opened
        opened.close()


@pytest.fixture
def show(browser, tmp_path):
    """Open HTML from disk; whatever it says on the console or asks of the network fails the test."""
    pages, heard = [], []

    def showing(html, width=1280, scheme="light"):
        path = tmp_path / f"page{len(pages)}.html"
        path.write_bytes(html.encode())
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda asked: heard.append(asked.url) if asked.url != path.as_uri() else None)
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield showing
    for page in pages:
        page.close()
    assert [each for each in heard if not each.startswith("data:image/png;base64,")] == []
