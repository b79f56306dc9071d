"""A headless Chromium on the Prefect UI: pages are opened as a user opens them, looked at, and photographed.

Chromium and its driver are Debian's packages ``chromium`` and ``chromium-driver``; without them the tests that use
this are skipped. ``PAPERHOUSE_SCREENSHOTS=1`` lets ``Browser.photograph`` write to docs/images.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import pytest
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.integration.house import ROOT

IMAGES = ROOT / "docs" / "images"
#: Width and height of a window, in pixels.
WINDOW = (1500, 1000)
#: Seconds for a page to show what it is to show, on a busy machine.
PATIENCE = 40

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    # the UI asks for pictures and news of its makers; nothing but this machine is there for a test
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class Browser:
    """A Chromium with a profile of its own, on the UI at ``url``; use it in a ``with``."""

    def __init__(self, url: str, profile: Path) -> None:
        driver = shutil.which("chromedriver")
        binary = shutil.which("chromium")
        if not driver or not binary:
            pytest.skip("no Chromium here: install the packages chromium and chromium-driver")
        options = ChromeOptions()
        options.binary_location = binary
        for flag in (*FLAGS, f"--user-data-dir={profile}", "--window-size={},{}".format(*WINDOW)):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.url = url
        self.driver = Chrome(options, Service(driver))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.quit()

    def open(self, path: str, *texts: str) -> None:
        """Go to a page of the UI and wait until it shows these texts."""
        self.driver.get(f"{self.url}{path}")
        self.wait_for(*texts)

    def wait_for(self, *texts: str) -> None:
        """Wait until the page shows all these texts."""
        for text in texts:
            self._wait(lambda text=text: text in self.text(), f"{text!r} on the page")

    def text(self) -> str:
        """All that the page shows as text, the values of its fields included."""
        body = self.driver.find_element(By.TAG_NAME, "body").text
        fields = self.driver.find_elements(By.CSS_SELECTOR, "input, textarea")
        return "\n".join([body, *(field.get_attribute("value") or "" for field in fields)])

    def click(self, name: str) -> None:
        """Click the tab, link or button that has this text; the last one, since menus come first."""
        found = f"//*[text()[normalize-space()='{name}']]"

        def clicked() -> bool:
            shown = [element for element in self.driver.find_elements(By.XPATH, found) if element.is_displayed()]
            if shown:
                self.driver.execute_script("arguments[0].click()", shown[-1])
            return bool(shown)

        self._wait(clicked, f"something to click that is called {name!r}")

    def find(self, selector: str) -> WebElement:
        """Wait for an element that a CSS selector names."""
        self._wait(lambda: self.driver.find_elements(By.CSS_SELECTOR, selector), f"an element {selector}")
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def photograph(self, name: str) -> None:
        """Save what the window shows as docs/images/<name>.png, if that is asked for."""
        if os.environ.get("PAPERHOUSE_SCREENSHOTS") == "1":
            IMAGES.mkdir(parents=True, exist_ok=True)
            assert self.driver.save_screenshot(str(IMAGES / f"{name}.png"))

    def errors(self, passed: Sequence[str] = ()) -> list[str]:
        """The errors in the console since it was asked last, without those that reach for the outside.

        passed: parts of messages that are known and harmless.
        """
        said = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        return [message for message in said if self.url in message and not any(known in message for known in passed)]

    def _wait(self, happened: Callable[[], object], what: str) -> None:
        waiting = WebDriverWait(self.driver, PATIENCE, ignored_exceptions=[StaleElementReferenceException])
        try:
            waiting.until(lambda _: happened())
        except TimeoutException:
            pytest.fail(f"{self.driver.current_url}: no {what} within {PATIENCE} s; it shows:\n{self.text()}")
