"""Open a page as a reader does, and note what it must not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import playwright.sync_api
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page


class Opened:
    """A page in a browser without a network."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(
            offline=True, permissions=["clipboard-read", "clipboard-write"]
        )
        self.noticed: list[str] = []
        """Messages, errors, and requests other than for the file itself."""
        self.page: Page = self._context.new_page()
        self.page.on("console", lambda message: self.noticed.append(message.text))
        self.page.on("pageerror", lambda error: self.noticed.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))
        self._address = ""

    def _note(self, address: str) -> None:
        """Note a request, unless it is for the page or for what the page offers to save."""
        is_own = address.partition("#")[0] in (self._address, "about:blank")
        if not is_own and not address.startswith("blob:"):
            self.noticed.append(address)

    def open(
        self, file: Path, fragment: str = "", *, width: int = 1280, dark: bool = False
    ) -> Page:
        """Open a file, and wait until all of it is drawn.

        Args:
            file: The page.
            fragment: What follows its address, as in ``#tests``.
            width: Pixels.
            dark: Whether the system prefers dark colours.
        """
        self._address = file.as_uri()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.goto("about:blank")
        self.noticed.clear()
        self.page.goto(self._address + fragment)
        try:
            self.page.wait_for_selector("html[data-ready=yes]", timeout=20_000)
        except playwright.sync_api.TimeoutError:
            pytest.fail(f"the page is not ready: {self.noticed}")
        return self.page

    def violations(self) -> list[dict[str, Any]]:
        """What axe-core's default rules find, best practices included."""
        found = Axe().run(self.page)
        return [
            {"rule": each["id"], "where": [node["html"] for node in each["nodes"]]}
            for each in found.response["violations"]
        ]

    def close(self) -> None:
        """Close the page."""
        self._context.close()
