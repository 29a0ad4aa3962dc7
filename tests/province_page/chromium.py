"""A real browser without a screen: Debian's Chromium, driven by Selenium."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--lang=vi",
)
WAIT_S = 20


class Chromium:
    """One window of 1366 by 768 points at a gateway's address."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver, self.url = driver, url

    def open(self, path: str) -> None:
        self.driver.get(self.url + path)

    def find(self, selector: str) -> WebElement:
        return WebDriverWait(self.driver, WAIT_S).until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def type(self, selector: str, text: str) -> None:
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def leave_by(self, selector: str) -> None:
        """Press what leads to another page, and wait for that."""
        old = self.find("html")
        self.run("arguments[0].scrollIntoView({block: 'center'})", self.find(selector))
        self.find(selector).click()
        self.left(old)

    def left(self, old: WebElement) -> None:
        """Wait until the page that ``old`` belongs to is gone and the next one is whole."""
        WebDriverWait(self.driver, WAIT_S).until(lambda driver: driver.find_element(By.TAG_NAME, "html") != old)
        WebDriverWait(self.driver, WAIT_S).until(
            lambda driver: driver.execute_script("return document.readyState") == "complete"
        )

    def path(self) -> str:
        return str(self.driver.current_url).removeprefix(self.url)

    def text(self) -> str:
        return " ".join(self.find("body").text.split())

    def complaints(self) -> list[str]:
        """What the console says since it was last asked: scripts refused, files missing, errors."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]


@contextmanager
def running_chromium(url: str, folder: Path) -> Iterator[Chromium]:
    """Start Chromium with a profile of its own; skip the test when it is not installed."""
    if not CHROMIUM.exists() or not DRIVER.exists():
        pytest.skip("Chromium is not installed (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (*ARGUMENTS, f"--user-data-dir={folder}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        driver.set_page_load_timeout(60)
        size = {"width": 1366, "height": 768, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        yield Chromium(driver, url)
    finally:
        driver.quit()
