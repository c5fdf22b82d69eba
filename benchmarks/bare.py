"""What uvicorn can do at most: parse the same requests, answer the same bytes, and nothing else.

Run as a program: `python -m benchmarks.bare ANSWERS.json [PORT]`; prints its address.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import orjson
import uvicorn

from mockserver.web.server import address, listen

Answers = dict[tuple[str, str], tuple[int, list[tuple[bytes, bytes]], bytes]]
REFUSED = "REFUSED"


def load(path: str) -> tuple[Answers, Any]:
    """Answers by method and path, as they were recorded from the mock, and the body that is to be refused.

    Each is `{method, path, status, headers, body, asked}`: the body in base64, and `asked` the one that was
    sent. What is refused has REFUSED in place of its method.
    """
    recorded = orjson.loads(Path(path).read_bytes())
    answers = {
        (item["method"], item["path"]): (
            item["status"],
            [(name.encode("latin-1"), value.encode("latin-1")) for name, value in item["headers"]],
            base64.b64decode(item["body"]),
        )
        for item in recorded
    }
    refused = next((orjson.loads(item["asked"]) for item in recorded if item["method"] == REFUSED), None)
    return answers, refused


def build(answers: Answers, refused: Any = None) -> Any:
    """The ASGI function."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        method = scope["method"]
        key = (method, scope["path"])
        if method == "POST":
            message = await receive()
            if orjson.loads(message["body"]) == refused:
                key = (REFUSED, scope["path"])
        status, headers, content = answers[key]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


def main() -> None:
    """Serve the recorded answers, on a free port where none is given, with uvicorn at its fastest."""
    sock = listen("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(f"ready: {address(sock)}", flush=True)
    config = uvicorn.Config(
        build(*load(sys.argv[1])),
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="critical",
    )
    uvicorn.Server(config).run(sockets=[sock])


if __name__ == "__main__":
    main()
