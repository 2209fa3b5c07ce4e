"""Open a page as a reader does, and note what it must not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, TimeoutError


class Opened:
    """A page in a browser without a network."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(
            offline=True, accept_downloads=True, permissions=["clipboard-read", "clipboard-write"]
        )
        self.noticed: list[str] = []
        """Messages, errors, and requests other than for the file itself."""
        self.page: Page = self._context.new_page()
        self.page.on("console", lambda message: self.noticed.append(message.text))
        self.page.on("pageerror", lambda error: self.noticed.append(str(error)))

    def open(self, file: Path, fragment: str = "", width: int = 1280) -> Page:
        """Open a file at a width in pixels, and wait until its charts are drawn."""
        self.noticed.clear()
        address = file.as_uri()
        self.page.on(
            "request",
            lambda request: (
                None
                if request.url.partition("#")[0] == address
                or request.url.startswith(("blob:", "data:"))
                else self.noticed.append(request.url)
            ),
        )
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.goto("about:blank")
        self.page.goto(address + fragment)
        try:
            self.page.wait_for_selector("html[data-ready=yes]", timeout=20_000)
        except TimeoutError:
            pytest.fail(f"the page is not ready: {self.noticed}")
        return self.page

    def violations(self) -> list[dict[str, Any]]:
        """What axe-core's default rules find, best practices included."""
        found = Axe().run(self.page)
        return [
            {"rule": each["id"], "where": [node["target"] for node in each["nodes"]]}
            for each in found.response["violations"]
        ]

    def close(self) -> None:
        self._context.close()
