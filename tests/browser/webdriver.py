"""A headless Chromium that a test drives, in plain WebDriver calls (W3C) to Debian's chromedriver."""

import base64
import json
import os
import pathlib
import urllib.error
import urllib.request
from typing import Any

import harness

CHROMIUM = "/usr/bin/chromium"
CHROMEDRIVER = "/usr/bin/chromedriver"

# A proxy of the environment must not get between the test and the loopback.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def _call(method: str, url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with _open(request, timeout=60) as response:
            return json.load(response)["value"]
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {url}: {error.read().decode()[:2000]}") from error


class Driver(harness.Process):
    """A chromedriver; it ends its browsers when it ends."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._profiles = folder
        self._browsers: list[Browser] = []
        environment = harness.environment(HOME=str(folder), TMPDIR=str(folder))
        super().__init__("chromedriver", [CHROMEDRIVER, "--port=0"], folder, environment)
        port = self.wait_for_log(r"started successfully on port (\d+)")[1]
        self.url = f"http://127.0.0.1:{port}"

    def open(self, **looks: Any) -> "Browser":
        """A browser of its own profile."""
        profile = self._profiles / f"profile{len(self._browsers)}"
        browser = Browser(self.url, profile, **looks)
        self._browsers.append(browser)
        return browser

    def close(self) -> None:
        for browser in self._browsers:
            browser.close()
        super().close()


class Browser:
    """One page of a browser, `width` CSS pixels wide; also a phone's width is held exactly."""

    def __init__(
        self,
        driver_url: str,
        profile: pathlib.Path,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        scripts: bool = True,
    ) -> None:
        arguments = [
            "--headless=new",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-proxy-server",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            f"--window-size={max(width, 500)},{height}",
        ]
        if os.getuid() == 0:
            arguments.append("--no-sandbox")  # it has none to offer to root
        options: dict[str, Any] = {"binary": CHROMIUM, "args": arguments}
        capabilities = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        answer = _call(
            "POST", driver_url + "/session", {"capabilities": {"alwaysMatch": capabilities}}
        )
        self._url = f"{driver_url}/session/{answer['sessionId']}"
        self._open = True
        # A window of the desktop has a least width; a phone's screen is emulated.
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        self.devtools(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        # Scripts of pages alone; those of `run` are not.
        self.devtools("Emulation.setScriptExecutionDisabled", value=not scripts)

    def devtools(self, method: str, **parameters: Any) -> Any:
        return _call(
            "POST", self._url + "/goog/cdp/execute", {"cmd": method, "params": parameters}
        )

    def go(self, url: str) -> None:
        _call("POST", self._url + "/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """What the body of a function returns that runs in the page."""
        return _call(
            "POST", self._url + "/execute/sync", {"script": script, "args": list(arguments)}
        )

    def title(self) -> str:
        return _call("GET", self._url + "/title")

    def console(self) -> list[str]:
        """What the browser complained of since the last call: policy violations, failed loads."""
        return [
            entry["message"]
            for entry in _call("POST", self._url + "/se/log", {"type": "browser"})
        ]

    def screenshot(self, path: pathlib.Path, whole: bool = False) -> None:
        """Writes a PNG of what is in the window, or of the whole page."""
        picture = self.devtools(
            "Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole)
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(picture["data"]))

    def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, **{k: size[k] for k in ("width", "height")}, "scale": 1}}

    def close(self) -> None:
        if self._open:
            self._open = False
            _call("DELETE", self._url)
