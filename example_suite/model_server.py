"""A small model server: transformers behind an OpenAI-compatible HTTP API, in its own process.

It stands for llama.cpp, vLLM, Ollama or any other server. It prints its port when it is ready:

    python -m example_suite.model_server
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import torch

from .language_model import TOKENIZER, Size, decode, encode

SIZE = Size("gpt2-s", layers=2, heads=4, width=128)


def load() -> Any:
    """Return the model; its weights are random, but the same in each process."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return SIZE.build().eval()


def complete(model: Any, prompt: str, max_tokens: int) -> dict[str, Any]:
    """Complete a prompt, and count its tokens as OpenAI's API does."""
    inputs = encode(prompt)
    read = inputs["input_ids"].shape[-1]
    written = model.generate(**inputs, max_new_tokens=max_tokens, do_sample=False)[0, read:]
    has_ended = int(written[-1]) == TOKENIZER.eos_token_id
    choice = {
        "index": 0,
        "text": decode(written),
        "finish_reason": "stop" if has_ended else "length",
    }
    usage = {
        "prompt_tokens": read,
        "completion_tokens": len(written),
        "total_tokens": read + len(written),
    }
    return {"object": "text_completion", "model": SIZE.name, "choices": [choice], "usage": usage}


class Handler(BaseHTTPRequestHandler):
    """Answers `POST /v1/completions`, one request at a time."""

    model: Any
    # One thread for all requests: torch would set itself up anew in the thread of each.
    worker = ThreadPoolExecutor(max_workers=1)

    def do_POST(self) -> None:
        """Answer a request."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answering = self.worker.submit(
            complete, self.model, asked["prompt"], asked.get("max_tokens", 16)
        )
        answer = answering.result()
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def main() -> None:
    """Serve until the process is ended."""
    Handler.model = load()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    main()
