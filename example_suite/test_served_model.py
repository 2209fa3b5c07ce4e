"""A model behind an HTTP server: what the server uses is billed to the test that calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import pytest

from pytest_scer.carbon import Carbon

from .model_server import SIZE, complete, load

PROMPT = "The night train"

pytestmark = pytest.mark.scer(phase="inference", category="served-generation", model=SIZE.name)


class Server(NamedTuple):
    """A server that runs."""

    process: subprocess.Popen[str]
    port: int

    def ask(self, prompt: str, max_tokens: int) -> dict[str, Any]:
        """Send a request, as an `openai` client would."""
        body = json.dumps({"prompt": prompt, "max_tokens": max_tokens}).encode()
        request = Request(f"http://127.0.0.1:{self.port}/v1/completions", body)
        with urlopen(request) as response:  # noqa: S310
            answer: dict[str, Any] = json.load(response)
        return answer


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Start the server; loading the model is this fixture's cost, and in no test's figure."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", f"{__package__}.model_server"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert process.stdout is not None
    with process, process.stdout:
        yield Server(process, int(process.stdout.readline()))
        process.terminate()


@pytest.mark.scer("5 J per token")
def test_a_served_model_completes_the_prompt(carbon: Carbon, server: Server) -> None:
    """Bill the server; the wrapped function has the tokens of each response counted.

    For a server that runs already, write `carbon.server(port=8080)`. With an `openai` client,
    `client = carbon.openai(OpenAI(base_url=...))` is enough.
    """
    ask = carbon.openai(server.ask)
    with carbon.server(server.process) as served:
        answer = ask(PROMPT, max_tokens=24)
    assert answer["choices"][0]["text"] == complete(load(), PROMPT, 24)["choices"][0]["text"]
    assert served.server_cpu_time > 0
