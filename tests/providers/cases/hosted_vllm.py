"""vLLM with DeepSeek-OCR as its recipe serves it: https://github.com/vllm-project/recipes (8959cf6), read 2026-11."""

from __future__ import annotations

from attrs import define

from .base import Case, text_of
from .openai_compatible import ChatServer


@define(eq=False)
class DeepSeek(ChatServer):
    model: str = "deepseek-ai/DeepSeek-OCR"
    prompt: str = "<|grounding|>Convert the document to markdown."
    fields: frozenset[str] = frozenset({"max_tokens", "skip_special_tokens", "vllm_xargs"})

    def say(self, picture: bytes) -> str:
        return f"<|ref|>text<|/ref|><|det|>[[100, 100, 900, 200]]<|/det|>\n{text_of(0)}<｜end▁of▁sentence｜>"


CASE = Case(model="hosted_vllm/deepseek-ai/DeepSeek-OCR", service=DeepSeek, pictures=True, urls=False, price=0.0)
