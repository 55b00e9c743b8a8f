"""
A server of OpenAI's chat API with a vision model: vLLM's and Ollama's documentation and the models' own, read 2026-11.

One picture a request, before the text; a data URI with a PNG or a JPEG; errors as ``{"error": {...}}``.
"""

from __future__ import annotations

import base64
from typing import Any

from attrs import define

from tests.upstream import Exchange

from .base import Case, Service, text_of


GENERIC_PROMPT = "Convert this page to markdown. Do not miss any text and only output the bare markdown!"


@define(eq=False)
class ChatServer(Service):
    """
    One server with one model.

    Attributes:
        model: That it serves.

        prompt: That the model wants, word for word.

        temperature: Of the first try.

        fields: What the body has to hold besides model, messages and temperature.
    """

    model: str = "qwen2.5-vl"
    prompt: str = GENERIC_PROMPT
    temperature: float = 0.0
    fields: frozenset[str] = frozenset()

    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"error": "Unauthorized"}, 401)

    async def throttle(self, exchange: Exchange) -> None:
        error = {"message": "slow down", "type": "rate_limit_error", "param": None, "code": 429}
        await exchange.json({"error": error}, 429, {"Retry-After": "1"})

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert (received.method, received.path) == ("POST", "/v1/chat/completions")
        body = received.json
        assert body["model"] == self.model
        assert body["temperature"] == self.temperature
        assert set(body) == {"model", "messages", "temperature"} | self.fields
        (message,) = body["messages"]
        assert message["role"] == "user"
        picture, text = message["content"]
        assert text == {"type": "text", "text": self.prompt}
        assert picture["type"] == "image_url"
        head, _, encoded = picture["image_url"]["url"].partition(",")
        data = base64.b64decode(encoded, validate=True)
        mime = "image/png" if data.startswith(b"\x89PNG\r\n\x1a\n") else "image/jpeg"
        assert head == f"data:{mime};base64"
        await self.document()
        if self.broken:
            error = {"message": "cannot identify the image: it is damaged", "type": "BadRequestError", "code": 400}
            await exchange.json({"error": error}, 400)
            return
        await exchange.json(self.completion(self.say(data)))

    def say(self, picture: bytes) -> str:
        """Return what the model writes about *picture*."""
        return f"```markdown\n{text_of(0)}\n```"

    def completion(self, text: str) -> dict[str, Any]:
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1764288000,
            "model": self.model,
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"},
            ],
            "usage": {"prompt_tokens": 1200, "completion_tokens": 40, "total_tokens": 1240},
        }


CASE = Case(model="openai_compatible/qwen2.5-vl", service=ChatServer, pictures=True, urls=False, price=None)
