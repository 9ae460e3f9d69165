"""A headless Chromium driven over WebDriver, with the standard library only.
A test that needs it fails, in one clear line, where it is not installed."""

import contextlib
import json
import shutil
import time
import urllib.error
import urllib.request

from e2e import Program, listen, require

CALL_S = 120
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--disable-component-update", "--hide-scrollbars",
             "--disable-dev-shm-usage"]


def program(*names):
    found = [path for path in map(shutil.which, names) if path]
    require(found, f"{names[0]} is not installed: apt-get install chromium "
            "chromium-driver")
    return found[0]


class Browser:
    """One window."""

    def __init__(self):
        chromium = program("chromium", "chromium-browser", "google-chrome")
        driver = program("chromedriver")
        listener, port = listen()
        listener.close()
        self.base = f"http://127.0.0.1:{port}"
        with contextlib.ExitStack() as stack:
            self.driver = stack.enter_context(
                Program(driver, f"--port={port}"))
            self.wait()
            self.session = self.call("POST", "/session", {
                "capabilities": {"alwaysMatch": {
                    "browserName": "chrome",
                    "goog:chromeOptions": {"binary": chromium,
                                           "args": ARGUMENTS},
                    "goog:loggingPrefs": {"browser": "ALL",
                                          "performance": "ALL"}}}},
            )["sessionId"]
            stack.callback(self.do, "DELETE", "")
            self.close = stack.pop_all().close

    def wait(self):
        deadline = time.monotonic() + CALL_S
        while True:
            with contextlib.suppress(OSError):
                if self.call("GET", "/status")["ready"]:
                    return
            require(self.driver.process.poll() is None
                    and time.monotonic() < deadline,
                    "chromedriver does not come up")
            time.sleep(0.1)

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data, {"Content-Type": "application/json"},
            method=method)
        try:
            with urllib.request.urlopen(request, timeout=CALL_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise AssertionError(
                f"{path}: {value['error']}: {value['message']}") from None

    def do(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def open(self, path):
        """Returns when the page is loaded."""
        self.do("POST", "/url", {"url": path.resolve().as_uri()})

    def script(self, text, *arguments):
        return self.do("POST", "/execute/sync",
                       {"script": text, "args": list(arguments)})

    def count(self, selector):
        return self.script("return document.querySelectorAll(arguments[0])"
                           ".length;", selector)

    def text(self):
        return self.script("return document.body.innerText;")

    def cdp(self, command, **parameters):
        return self.do("POST", "/goog/cdp/execute",
                       {"cmd": command, "params": parameters})

    def media(self, media="", scheme="light"):
        self.cdp("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def log(self, kind):
        return self.do("POST", "/se/log", {"type": kind})
