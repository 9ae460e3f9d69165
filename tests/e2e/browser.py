"""A headless Chromium driven over WebDriver, with the standard library only.
A test that needs it fails, in one clear line, where it is not installed."""

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

START_S, CALL_S = 60, 120


class Missing(AssertionError):
    """The browser or its driver is not installed."""


def program(*names):
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise Missing(f"{names[0]} is not installed: apt-get install chromium "
                  "chromium-driver")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Browser:
    """One window."""

    def __init__(self):
        chromium = program("chromium", "chromium-browser", "google-chrome")
        driver = program("chromedriver")
        self.profile = tempfile.mkdtemp(prefix="iomodels-chromium-")
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.session = None
        self.driver = subprocess.Popen(
            [driver, f"--port={port}"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--disable-dev-shm-usage",
            f"--user-data-dir={self.profile}"]
        options = {"binary": chromium, "args": arguments}
        try:
            self.wait()
            self.session = self.call("POST", "/session", {
                "capabilities": {"alwaysMatch": {
                    "browserName": "chrome", "goog:chromeOptions": options,
                    "goog:loggingPrefs": {"browser": "ALL",
                                          "performance": "ALL"}}}},
            )["sessionId"]
        except BaseException:
            self.close()
            raise

    def wait(self):
        end = time.monotonic() + START_S
        while True:
            with contextlib.suppress(OSError):
                if self.call("GET", "/status")["ready"]:
                    return
            if self.driver.poll() is not None or time.monotonic() > end:
                raise AssertionError("chromedriver does not come up")
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
        self.do("POST", "/url", {"url": path.resolve().as_uri()})
        end = time.monotonic() + CALL_S
        while self.script("return document.readyState;") != "complete":
            if time.monotonic() > end:
                raise AssertionError(f"{path} is not loaded")
            time.sleep(0.05)

    def script(self, text, *arguments):
        return self.do("POST", "/execute/sync",
                       {"script": text, "args": list(arguments)})

    def cdp(self, command, **parameters):
        return self.do("POST", "/goog/cdp/execute",
                       {"cmd": command, "params": parameters})

    def media(self, media="", scheme="light"):
        self.cdp("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": scheme}])

    def log(self, kind):
        return self.do("POST", "/se/log", {"type": kind})

    def close(self):
        if self.session:
            with contextlib.suppress(OSError, AssertionError):
                self.call("DELETE", f"/session/{self.session}")
        self.driver.terminate()
        try:
            self.driver.wait(10)
        except subprocess.TimeoutExpired:
            self.driver.kill()
            self.driver.wait()
        shutil.rmtree(self.profile, ignore_errors=True)
