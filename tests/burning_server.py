"""An HTTP server that uses as much CPU time as a request asks for, in a process of its own.

Run as a script it prints its port, then serves until it is ended. ``GET`` returns the CPU seconds
that its process has used so far; ``POST`` with ``{"cpu": SECONDS, "tokens": N}`` burns them and
answers as an OpenAI-compatible server does. With ``child`` a child process burns them and exits;
with ``busy`` every second request is refused, so that a client tries again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

BURN = "import time\nwhile time.process_time() < {}: pass"


def _burn(cpu_s: float) -> None:
    until = time.thread_time() + cpu_s
    while time.thread_time() < until:
        pass


class Handler(BaseHTTPRequestHandler):
    """Answers a request."""

    refuses = False

    def do_GET(self) -> None:
        self._answer({"used": time.process_time()})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked.get("child"):
            subprocess.run([sys.executable, "-c", BURN.format(asked["cpu"])], check=True)
        else:
            _burn(asked.get("cpu", 0.0))
        Handler.refuses = asked.get("busy", False) and not Handler.refuses
        if Handler.refuses:
            self._answer({}, 503)
            return
        usage = {"prompt_tokens": 5, "completion_tokens": asked.get("tokens", 10)}
        message = {"role": "assistant", "content": "done"}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        self._answer(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "burner",
                "choices": [choice],
                "usage": {**usage, "total_tokens": sum(usage.values())},
            }
        )

    def _answer(self, body: dict[str, Any], status: int = 200) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Retry-After-Ms", "1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class BurningServer(NamedTuple):
    """A server that runs."""

    process: subprocess.Popen[str]
    port: int

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def start() -> BurningServer:
    """Start a server, and wait until it listens."""
    process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return BurningServer(process, int(process.stdout.readline()))


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)  # noqa: T201
    server.serve_forever()
