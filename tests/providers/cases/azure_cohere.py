"""Cohere Parse on Azure, at the address where LiteLLM 1.110.2 was seen to ask for it, 2026-11."""

from __future__ import annotations

from attrs import define

from .base import Case
from .cohere import Parse


@define(eq=False)
class AzureParse(Parse):
    path: str = "/providers/cohere/v2/parse"
    model: str = "Cohere-parse-v5"


CASE = Case(model="azure_ai/Cohere-parse-v5", service=AzureParse, pictures=True, urls=False, price=0.0015)
