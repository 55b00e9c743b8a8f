"""Ollama's OpenAI compatibility, https://docs.ollama.com/api/openai-compatibility, with GLM-OCR; read 2026-11."""

from __future__ import annotations

from attrs import define

from .base import Case, text_of
from .openai_compatible import ChatServer


@define(eq=False)
class Ollama(ChatServer):
    model: str = "glm-ocr:latest"
    prompt: str = "Text Recognition:"

    def say(self, picture: bytes) -> str:
        return text_of(0)


CASE = Case(model="ollama/glm-ocr:latest", service=Ollama, pictures=True, urls=False, price=0.0)
