"""A page as strict as the real one, on a server of the test's own, in this machine's Chromium."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "tests" / "browser" / "pages"
CHROMIUM = shutil.which("chromium")
SHELL = shutil.which("chromium-headless-shell")
"""Debian's Chromium without the windows, tabs and menus that people have around a page: the same
version, engine and decoders. A page takes a quarter of the processor there."""
FEATURES_OFF = (
    # A process in reserve for each context, which costs a third as much as the page itself.
    "SpareRendererForSitePerProcess",
    # Playwright's own list, which this one replaces.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
)
FLAGS = [
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Several run at once, and /dev/shm is small in a container.
    "--disable-dev-shm-usage",
]
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src blob:; worker-src 'self'; connect-src 'none'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types staydown-worker"
)
"""The policy of the page that makes fingerprints; its worker is served with the same."""


@contextmanager
def running_chromium(*, is_whole: bool = True) -> Iterator[Browser]:
    """This machine's Chromium, for a fixture of a module; a test is skipped where there is none.

    Args:
        is_whole: the program that people use. Else its shell, where that is installed and
            ``STAYDOWN_WHOLE_BROWSER`` is not set.

    Playwright keeps an event loop in this thread until it ends. A fixture that lived for the whole
    session would leave it to the tests of the database, and to the next fixture like it.
    """
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (Debian: apt install chromium)")
    takes_shell = not (is_whole or os.environ.get("STAYDOWN_WHOLE_BROWSER"))
    program = (SHELL if takes_shell else None) or CHROMIUM
    # Tests read rows between the calls of the loop, which Django would refuse.
    with pytest.MonkeyPatch.context() as patch, api.sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        made = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield made
        made.close()


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012 - the base class has it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".css": "text/css",
    }

    def translate_path(self, path: str) -> str:
        name = path.split("?", maxsplit=1)[0]
        if name == "/staydown.css":
            return str(ROOT / "src" / "staydown_web" / "config" / "static" / "staydown.css")
        base = ROOT if name.startswith("/js/") else PAGES
        return str(base / name.lstrip("/")) if ".." not in name else str(PAGES / "missing")

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def serve_pages() -> Iterator[str]:
    """Serve ``js/`` and the pages of the tests; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Maker:
    """A page that makes fingerprints: takes files, gives what came of them.

    Attributes:
        requests: every address that the page or its workers asked for.
        errors: what scripts of the page threw.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.page.set_default_timeout(120_000)  # the machine may be busy; no test judges time
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.address = address

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def open(self, query: str = "") -> Self:
        """Load the page and wait until all of its code is there."""
        self.page.goto(f"{self.address}/make.html{query}")
        self.page.wait_for_selector("body[data-ready=yes]", state="attached")
        return self

    def choose(self, files: Mapping[str, bytes]) -> None:
        """Put files into the page's input, without a type that could help."""
        self.page.set_input_files(
            "#files",
            [
                {"name": name, "mimeType": "application/octet-stream", "buffer": data}
                for name, data in files.items()
            ],
        )

    def make(self, files: Mapping[str, bytes]) -> dict[str, Any]:
        """What came of each file, by its name: fingerprint, notes, progress; or code, error."""
        self.choose(files)
        return {one["name"]: one for one in self.page.evaluate("window.tested.makeAll()")}

    def violations(self) -> list[str]:
        """Directives of the policy that something on the page broke."""
        found: list[str] = self.page.evaluate("window.tested.violations")
        return found


def make_in_page(browser: Browser, address: str, data: bytes, change: str) -> Any:
    """What comes of a file in a browser that was changed so: on the page, without a worker."""
    with Maker(browser, address) as page:
        page.open().choose({"a": data})
        return page.page.evaluate(
            f"""async () => {{
              {change}
              const {{ Kernel }} = await import('/js/src/kernel.js');
              const {{ kernelCode }} = await import('/js/src/kernel_code.js');
              const {{ makeFingerprint }} = await import('/js/src/fingerprint/make.js');
              const {{ seekFrames }} = await import('/js/src/decode/seeking.js');
              const [file] = window.tested.files();
              const task = {{ file, player: null, isSettled: false }};
              return makeFingerprint(file, {{
                kernel: await Kernel.load(kernelCode()),
                onFraction: () => {{}},
                seekFrames: async (request) => (await seekFrames(task, request)).answer,
              }});
            }}"""
        )
