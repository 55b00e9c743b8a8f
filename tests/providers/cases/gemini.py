"""Gemini's generateContent: https://ai.google.dev/api/generate-content, google-genai 3.6.1; read 2026-11."""

from __future__ import annotations

import base64

from tests.upstream import Exchange, Received

from .base import KEY, Case, Service, text_of
from .openai_compatible import GENERIC_PROMPT


class Gemini(Service):
    def authorized(self, received: Received) -> bool:
        return received.headers.get("x-goog-api-key") == KEY and "authorization" not in received.headers

    async def unauthorized(self, exchange: Exchange) -> None:
        detail = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
        }
        sentence = "API key not valid. Please pass a valid API key."
        error = {"code": 400, "message": sentence, "status": "INVALID_ARGUMENT", "details": [detail]}
        await exchange.json({"error": error}, 400)

    async def throttle(self, exchange: Exchange) -> None:
        detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}
        error = {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": [detail]}
        await exchange.json({"error": error}, 429)

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert (received.method, received.path) == ("POST", "/v1beta/models/gemini-flash-latest:generateContent")
        body = received.json
        assert set(body) == {"contents", "generationConfig"}
        assert body["generationConfig"] == {"temperature": 0.0}
        (content,) = body["contents"]
        assert content["role"] == "user"
        picture, text = content["parts"]
        assert text == {"text": GENERIC_PROMPT}
        assert set(picture) == {"inlineData"}
        # as in all JSON of protocol buffers, a name may be written either way, and base64 in either alphabet
        inline = {"mimeType" if name == "mime_type" else name: value for name, value in picture["inlineData"].items()}
        data = base64.b64decode(inline["data"].translate(str.maketrans("-_", "+/")), validate=True)
        mime = "image/png" if data.startswith(b"\x89PNG\r\n\x1a\n") else "image/jpeg"
        assert inline == {"mimeType": mime, "data": inline["data"]}
        await self.document()
        if self.broken:
            error = {"code": 400, "message": "Unable to process: the image is damaged", "status": "INVALID_ARGUMENT"}
            await exchange.json({"error": error}, 400)
            return
        answer = {
            "candidates": [
                {
                    "content": {"role": "model", "parts": [{"text": f"```markdown\n{text_of(0)}\n```"}]},
                    "finishReason": "STOP",
                    "index": 0,
                }
            ],
            "usageMetadata": {"promptTokenCount": 560, "candidatesTokenCount": 40, "totalTokenCount": 600},
            "modelVersion": "gemini-3-flash",
            "responseId": "r-1",
        }
        await exchange.json(answer)


CASE = Case(model="gemini/gemini-flash-latest", service=Gemini, pictures=True, urls=False, price=None)
