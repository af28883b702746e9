"""A browser window with Raiden's web interface in it, and what people do there."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator
from playwright.sync_api import TimeoutError as NotInTime

from tests.waiting import PATIENCE_SECONDS

AGAIN_SECONDS = 3
"""After so long a click is made again. It is no measure of how fast anything is."""


class Window:
    """One window at one node.

    Args:
        browser: whose window it is.
        url: of the node.

    Attributes:
        asked: the hosts, ports included, that the page has asked for anything.
        failed: the answers that were errors.
        said: what the page has complained of.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.asked: set[str] = set()
        self.failed: list[str] = []
        self.said: list[str] = []
        self._is_over = False  # then the page goes on asking, in vain
        self.page = browser.new_page()
        self.page.set_default_timeout(1000 * PATIENCE_SECONDS)
        self.page.on("request", lambda asked: self.asked.add(urlsplit(asked.url).netloc))
        self.page.on("response", self._take_in)
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.clock.install()
        self.page.goto(url)
        self.page.get_by_text("TOP NETWORKS").wait_for()

    def _take_in(self, answer: Any) -> None:
        if answer.status >= 400 and not self._is_over:
            self.failed.append(f"{answer.status} {answer.url}")

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and not self._is_over:
            self.said.append(text)

    def shows(self, text: str) -> None:
        """Wait until the page shows a text: whole where it is an amount, and not out of sight."""
        words = r"\s+".join(map(re.escape, text.split()))
        whole = re.compile(rf"(?<![\d.]){words}", re.IGNORECASE)
        self.page.get_by_text(whole).filter(visible=True).first.wait_for()

    def is_told(self, text: str) -> None:
        """Wait until the page has announced something, which it shows for a moment."""
        self.page.get_by_text(text).first.wait_for(state="attached")

    @property
    def _dialog(self) -> Locator:
        return self.page.locator("mat-dialog-container").last

    def _accept(self) -> None:
        self._dialog.locator("#accept").click()

    def _choose_token(self) -> None:
        tokens = self._dialog.locator("mat-select")
        chosen = tokens.locator(".mat-select-value-text")
        self._choose(tokens, self.page.get_by_role("option").last, chosen)

    def _amount(self, amount: str) -> None:
        self._dialog.locator("input[aria-label='Amount input']").first.fill(amount)

    def _wait_for_input(self) -> None:
        """Let the page take in what was typed: it waits whether more comes, for 0.3 s."""
        self.page.clock.fast_forward(1000)

    def _split_equally(self) -> None:
        """Give each who is suggested a part: the page may still be at the first one's."""
        parts = self._dialog.locator("app-connection-selector input[aria-label='Amount input']")
        for _ in range(PATIENCE_SECONDS):
            self._wait_for_input()
            given = [part.input_value() for part in parts.all()]
            if len(given) > 1 and all(part not in ("", "0") for part in given):
                return
            self._dialog.get_by_text("Split Equally").click()
        raise AssertionError("the page does not split")

    def quick_connect(self, amount: str, *, suggested: bool) -> None:
        """Join the token network with so many tokens, or open channels to who is suggested."""
        self.page.locator("#transfer").click()
        self._dialog.get_by_text("NO OPEN CHANNELS").wait_for()
        self._accept()
        self._dialog.get_by_text("QUICK CONNECT").wait_for()
        self._choose_token()
        self._amount(amount)
        if suggested:
            self._split_equally()
        self._accept()

    def pay(self, target: str, amount: str) -> None:
        """Send tokens to somebody."""
        self.page.locator("#transfer").click()
        self._choose_token()
        self._dialog.get_by_label("Address input").fill(target)
        self._amount(amount)
        self._accept()

    def show_channels(self) -> None:
        """Go to the list of channels, by an address that was typed."""
        self.page.goto(f"{self.url}/ui/channels")
        self.page.locator("#options").first.wait_for()

    def _choose(self, opener: Locator, wanted: Locator, outcome: Locator | None = None) -> None:
        """Open a menu and take from it until it holds: a page that draws itself anew closes it."""
        for _ in range(PATIENCE_SECONDS // AGAIN_SECONDS):
            try:
                if not wanted.count():
                    opener.click(timeout=1000 * AGAIN_SECONDS)
                wanted.click(timeout=1000 * AGAIN_SECONDS)
                if outcome is not None:
                    outcome.wait_for(timeout=1000 * AGAIN_SECONDS)
            except NotInTime:
                continue
            return
        raise AssertionError(f"the page does not let anybody choose {wanted}")

    def _take_from_menu(self, entry: str) -> None:
        options = self.page.locator("#options").first
        self._choose(options, self.page.get_by_role("menuitem", name=entry))

    def _choose_network(self) -> None:
        chosen = self.page.get_by_text("Change Network")
        networks = self.page.locator("mat-select").first
        self._choose(networks, self.page.get_by_role("option").last, chosen)

    def with_channel(self, action: str, amount: str | None = None) -> None:
        """Do something with the only channel on the page: an entry of its menu."""
        self._take_from_menu(action)
        if amount is not None:
            self._amount(amount)
        self._accept()

    def with_token(self, action: str) -> None:
        """Do something with the token: an entry of its menu."""
        self.page.goto(f"{self.url}/ui/home")
        self._choose_network()
        self._take_from_menu(action)
        if action == "Leave network":
            self._accept()

    def register(self, token: str) -> None:
        """Create a token's network, where a token is chosen."""
        self.page.goto(f"{self.url}/ui/home")
        address = self._dialog.get_by_label("Address input")
        networks = self.page.locator("mat-select").first
        self._choose(networks, self.page.get_by_text("Add new Network"), address)
        address.fill(token)
        self._accept()

    def shut_down(self) -> None:
        """Stop the node."""
        self._is_over = True
        self.page.get_by_text("SHUT DOWN").click()
        self._accept()

    def put_aside(self, amount: str) -> None:
        """Put tokens aside for services."""
        self.page.locator("#open-udc").click()
        self._dialog.locator("#deposit").click()
        self._amount(amount)
        # the dialog stays, with a button of its own
        self._dialog.locator("#accept:not(.dialog__button)").click()

    def mint(self, *, in_menu: bool) -> None:
        """Mint half a token: an entry of its menu, or in later versions a button of its own."""
        if in_menu:
            self.with_token("Mint")
        else:
            self.page.locator("#mint").first.click()

    def until(self, happened: Callable[[], object]) -> None:
        """Let the page do what it does until something has happened elsewhere."""
        for _ in range(10 * PATIENCE_SECONDS):
            if happened():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("nothing has happened")
