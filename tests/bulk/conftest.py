"""A server that speaks S3, and a bucket of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.bulk.buckets import S3, Bucket


_number = count()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    server = S3()
    yield server
    server.stop()


@pytest.fixture
def bucket(s3: S3) -> Bucket:
    return s3.bucket(f"bucket-{next(_number)}")
