"""A headless Chromium that fails whatever a reader would not forgive."""

from __future__ import annotations

from contextlib import contextmanager

from tests import extras


@contextmanager
def browser(playwright):
    """Chromium of this machine, or else playwright's own."""
    chromium = playwright.chromium.launch(
        executable_path=extras.browser(), args=["--no-sandbox", "--enable-unsafe-swiftshader"]
    )
    try:
        yield chromium
    finally:
        chromium.close()


class Reader:
    """Someone who looks at the page; keeps what went wrong and what was asked of the net."""

    def __init__(self, chromium, path, *, width=1280, address=""):
        self.trouble, self.asked = [], []
        self.page = chromium.new_page(viewport={"width": width, "height": 900})
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri() + address)

    def _said(self, message):
        if message.type in ("error", "warning"):
            self.trouble.append(message.text)

    @property
    def foreign(self):
        """Requests for anything but the page itself."""
        return [url for url in self.asked if not url.startswith(("file:", "data:", "blob:"))]

    def open(self, key):
        """Choose a tab and wait for what it shows."""
        self.page.click(f"#tab-{key}")
        self.page.wait_for_selector(f"#panel-{key} output")

    def number(self, name, panel):
        """A number as it is written on the page."""
        return float(self.page.text_content(f"#panel-{panel} output[data-name='{name}']"))

    def calls(self, panel):
        """Each number of a tab with the call that is said to give it, and its label."""
        facts = self.page.query_selector_all(f"#panel-{panel} .fact")
        found = []
        for each in facts:
            code = each.query_selector("code")
            if code is not None:
                value = float(each.query_selector("output").text_content())
                label = each.query_selector("abbr").text_content()
                found.append((value, code.text_content(), label))
        return found
