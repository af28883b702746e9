"""The YAML language server that editors use, and what an editor asks of it."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parent / "node_modules" / "yaml-language-server" / "bin"

Json = dict[str, Any]
Mark = tuple[int, str]
"""A line, from 1, and what is wrong with it."""


class LanguageServer:
    """A conversation with the server over pipes, as an editor has it.

    Args:
        process: the server.
        settings: what an editor's user has under `yaml` in the settings.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", settings: Json) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout
        self._settings = settings
        self._marks: dict[str, list[Mark]] = {}
        self._last = 0
        workspace = {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}
        hover = {"contentFormat": ["markdown"]}
        capabilities = {"workspace": workspace, "textDocument": {"hover": hover}}
        self._request("initialize", processId=None, rootUri=None, capabilities=capabilities)
        self._notify("initialized")
        self._notify("workspace/didChangeConfiguration", settings={"yaml": settings})

    def marks(self, texts: Mapping[Path, str]) -> dict[Path, list[Mark]]:
        """Open files with these texts, all at once, and return what the server marks in each."""
        for file, text in texts.items():
            self._marks.pop(file.as_uri(), None)
            document = {"uri": file.as_uri(), "languageId": "yaml", "version": 1, "text": text}
            self._notify("textDocument/didOpen", textDocument=document)
        while not all(file.as_uri() in self._marks for file in texts):
            self._take()
        return {file: self._marks[file.as_uri()] for file in texts}

    def completion(self, file: Path, text: str) -> list[str]:
        """Return what the server offers at the `|` of a text."""
        found = self._at("completion", file, text)
        return [item["label"] for item in found["items"]]

    def hover(self, file: Path, text: str) -> str:
        """Return what the server tells about what is at the `|` of a text."""
        found = self._at("hover", file, text)
        return str(found["contents"]["value"])

    def _at(self, what: str, file: Path, text: str) -> Any:
        before, _, behind = text.partition("|")
        file = file.with_stem(f"{file.stem}{self._last}")  # a file is opened once
        self.marks({file: before + behind})
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        document = {"uri": file.as_uri()}
        return self._request(f"textDocument/{what}", textDocument=document, position=place)

    def _request(self, method: str, **params: Any) -> Any:
        self._last += 1
        self._send({"id": self._last, "method": method, "params": params})
        while True:
            message = self._take()
            if "method" not in message and message["id"] == self._last:
                assert "error" not in message, message
                return message["result"]

    def _notify(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._in.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._in.flush()

    def _take(self) -> Json:
        """Read a message of the server, and answer it if it is a question."""
        size = 0
        while line := self._out.readline().strip():
            key, _, value = line.partition(b":")
            size = int(value) if key.lower() == b"content-length" else size
        assert size, "the server has ended"
        message: Json = json.loads(self._out.read(size))
        if message.get("method") == "textDocument/publishDiagnostics":
            found = message["params"]["diagnostics"]
            marks = [(one["range"]["start"]["line"] + 1, one["message"]) for one in found]
            self._marks[message["params"]["uri"]] = marks
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, question: Json) -> Any:
        if question["method"] != "workspace/configuration":
            return None
        sections = [item.get("section") for item in question["params"]["items"]]
        return [self._settings if section == "yaml" else None for section in sections]


@contextmanager
def running(settings: Json) -> Iterator[LanguageServer]:
    """Run the server with a user's settings."""
    node = shutil.which("node")
    if node is None or not PROGRAM.exists():
        pytest.skip("the YAML language server is not there: `make test` fetches it, with npm")
    command = [node, str(PROGRAM / "yaml-language-server"), "--stdio"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield LanguageServer(process, settings)
        finally:
            process.kill()
