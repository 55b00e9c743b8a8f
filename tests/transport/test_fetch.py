"""Fetching documents from hostile URLs: nothing of one's own network is reached, and nothing is told about it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest

from ocr_async.errors import DeadlineExceeded, DocumentError
from ocr_async.transport.addresses import is_public, public_web
from ocr_async.transport.fetch import Allow, fetch
from tests import faults
from tests.upstream import Behaviour, Upstream, refused_url
from tests.upstream import upstream as serve


pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 2000


def anywhere(address: str, port: int) -> bool:
    return True


@pytest.fixture
async def canary(anyio_backend: str) -> AsyncIterator[Upstream]:
    """A server of the machine's own network, which must never be reached."""
    async with serve(default=faults.answer(PDF, {"Content-Type": "application/pdf"})) as server:
        yield server


@pytest.fixture(autouse=True)
def no_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    # the process's own folder stays, and the file in it that says whose it is
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "lock"] == []


# --- addresses --------------------------------------------------------------------------------------------------


NOT_PUBLIC = """
    127.0.0.1 127.1.2.3 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 100.100.100.200
    168.63.129.16 192.0.0.192 192.0.0.8 192.88.99.1 198.18.0.1 192.0.2.1 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1
    255.255.255.255
    ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fd20:ce::254 fec0::1 ff02::1 2001:db8::1 3fff::1 5f00::1
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 ::127.0.0.1 ::7f00:1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe
    64:ff9b:1::8.8.8.8 2002:7f00:1:: 2002:a9fe:a9fe::1 2001:0:7f00:1::1 2001:0:808:808::80ff:fffe
    2a00:1450::5efe:127.0.0.1 2a00:1450::200:5efe:10.0.0.1 fe80::5efe:8.8.8.8
    localhost 1.2.3 0x7f000001
"""
PUBLIC = """
    8.8.8.8 1.1.1.1 93.184.216.34 2606:4700::1111 2a00:1450:4001::200e
    ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_what_is_public(address: str) -> None:
    assert is_public(address)


# --- hostile forms ----------------------------------------------------------------------------------------------

# PORT stands for the canary's.
HOSTILE = r"""
    http://127.0.0.1:PORT/ http://127.0.0.1/ http://localhost:PORT/ http://localhost./ http://LOCALHOST/
    http://127.1/ http://127.0.1/ http://2130706433/ http://0x7f000001/ http://0x7f.0.0.1/ http://0177.0.0.1/
    http://017700000001/ http://0/ http://0.0.0.0/ http://[::]/ http://[::1]/ http://[::1]:PORT/
    http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[::127.0.0.1]/ http://[64:ff9b::7f00:1]/
    http://[64:ff9b::a9fe:a9fe]/ http://[2002:7f00:1::]/ http://[::ffff:0:127.0.0.1]/ http://①②⑦.⓪.⓪.①/
    http://127。0。0。1/ http://example.com@127.0.0.1/ http://user:pass@127.0.0.1:PORT/ http://127.0.0.1:80@localhost/
    http://127.0.0.1\@example.com/ http://127.0.0.1#@example.com/ http://127.0.0.1?@example.com/
    http://169.254.169.254/latest/meta-data/ http://100.100.100.200/ http://168.63.129.16/ http://192.0.0.192/
    http://10.0.0.1/ http://192.168.0.1/ http://224.0.0.1/ http://255.255.255.255/ http://[fe80::1]/ http://[fd00::1]/
    HTTP://127.0.0.1/ hTTp://LocalHost:PORT/ https://127.0.0.1/ https://localhost:PORT/
    file:///etc/passwd gopher://127.0.0.1:PORT/_GET ftp://127.0.0.1/ unix:///var/run/docker.sock data:text/plain,x
    ldap://127.0.0.1/ jar:http://127.0.0.1!/ javascript:alert(1) //127.0.0.1/ /etc/passwd 127.0.0.1 http:// http:///x
    http://[::1 http://127.0.0.1:99999/ http://127.0.0.1:PORT:80/ http://%31%32%37.0.0.1/ http://127.0.0.1%00.example.com/
"""


async def _refusal(url: str, allow: Allow = public_web) -> str:
    with pytest.raises(DocumentError) as caught:
        async with fetch(url, allow=allow):
            pass
    return str(caught.value)


async def test_no_hostile_form_reaches_the_machine_and_all_get_one_answer(canary: Upstream) -> None:
    port = canary.url.rpartition(":")[2]
    answers = {await _refusal(form.replace("PORT", port)) for form in HOSTILE.split()}
    # What is refused, silent or absent reads the same.
    answers.add(await _refusal(refused_url()))
    assert len(answers) == 1
    assert canary.connections == 0


def loopback_one(address: str, port: int) -> bool:
    return address == "127.0.0.1"


async def test_nor_behind_a_redirect() -> None:
    # The rules of the public web, on the loopback: 127.0.0.1 stands for it, and the canary is outside.
    async with serve(default=faults.answer(PDF), host="127.0.0.2") as canary:
        port = canary.url.rpartition(":")[2]
        answers = set()
        for target in (
            canary.url,
            f"http://127.2:{port}/",
            f"//127.0.0.2:{port}/",
            f"http://[::ffff:127.0.0.2]:{port}/",
        ):
            async with serve(faults.redirect(target, 302)) as server:
                answers.add(await _refusal(server.url, allow=loopback_one))
                assert len(server.requests) == 1
        for target in ("file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "data:text/plain,x"):
            async with serve(faults.redirect(target, 302)) as server:
                answers.add(await _refusal(server.url, allow=loopback_one))
        assert len(answers) == 1
        assert canary.connections == 0


async def test_each_connection_is_checked_anew() -> None:
    # A name that resolves to a public address first, and then to one of the own network.
    verdicts = [True, False]
    async with serve(faults.redirect("/again", 302)) as server:
        await _refusal(server.url.replace("127.0.0.1", "localhost"), allow=lambda address, port: verdicts.pop(0))
        assert len(server.requests) == 1
    assert verdicts == []


async def test_a_redirect_chain_ends_after_three_hops() -> None:
    async with serve(*(faults.redirect(f"/{hop}", 301) for hop in range(10))) as server:
        with pytest.raises(DocumentError, match="redirects more than 3 times"):
            async with fetch(server.url, allow=anywhere):
                pass
        assert len(server.requests) == 4


async def test_no_credentials_go_anywhere(canary: Upstream) -> None:
    async with serve(faults.redirect(f"{canary.url}/there.pdf", 302)) as server:
        url = server.url.replace("http://", "http://user:hunter2@")
        async with fetch(url, allow=anywhere):
            pass
        (received,) = server.requests + canary.requests[1:]
        for headers in (received.headers, canary.requests[0].headers):
            assert not {"authorization", "cookie", "referer", "proxy-authorization"} & headers.keys()
            assert headers["accept-encoding"] == "identity, gzip"


# --- what is fetched --------------------------------------------------------------------------------------------


async def test_a_document_comes_as_a_file_that_is_gone_afterwards(canary: Upstream) -> None:
    async with fetch(f"{canary.url}/folder/in%20voice.pdf?token=1", allow=anywhere) as document:
        path = Path(document.path)
        assert (document.size, document.name) == (len(PDF), "in voice.pdf")
        assert await anyio.Path(path).read_bytes() == PDF
        assert (await anyio.Path(path).stat()).st_mode & 0o777 == 0o600
    assert not await anyio.Path(path).exists()


async def test_it_is_gone_too_when_the_block_fails_or_is_cancelled(canary: Upstream) -> None:
    with pytest.raises(KeyError):
        async with fetch(canary.url, allow=anywhere):
            raise KeyError
    with anyio.move_on_after(0.1):
        async with fetch(canary.url, allow=anywhere):
            await anyio.sleep(5)


async def test_private_addresses_are_for_the_caller_to_allow(canary: Upstream) -> None:
    with pytest.raises(DocumentError, match="could not fetch"):
        async with fetch(canary.url):
            pass
    assert canary.connections == 0


async def test_a_status_is_reported() -> None:
    async with serve(faults.status(404)) as server:
        with pytest.raises(DocumentError, match="answered 404"):
            async with fetch(server.url, allow=anywhere):
                pass


@pytest.mark.parametrize(
    "fault",
    [faults.endless(), faults.zip_bomb(32 << 20), faults.oversize(2 << 20)],
    ids=["endless", "zip_bomb", "oversize"],
)
async def test_it_is_read_up_to_a_cap(fault: Behaviour) -> None:
    async with serve(fault) as server:
        with pytest.raises(DocumentError, match="larger than 1,048,576 bytes"):
            async with fetch(server.url, allow=anywhere, max_bytes=1 << 20):
                pass


@pytest.mark.parametrize("fault", [faults.drip(), faults.silence()], ids=["drip", "silence"])
async def test_the_deadline_ends_it(fault: Behaviour) -> None:
    async with serve(fault) as server:
        started = anyio.current_time()
        with pytest.raises(DeadlineExceeded):
            async with fetch(server.url, allow=anywhere, deadline=started + 0.3):
                pass
        assert anyio.current_time() - started < 5


@pytest.mark.parametrize("fault", [faults.short_body(), faults.bad_gzip(), faults.reset(), faults.not_http()])
async def test_a_broken_download_is_no_document(fault: Behaviour) -> None:
    async with serve(default=fault) as server:
        with pytest.raises(DocumentError, match="could not fetch"):
            async with fetch(server.url, allow=anywhere):
                pass


async def test_an_empty_document_is_none() -> None:
    async with serve(faults.empty()) as server:
        with pytest.raises(DocumentError, match="is empty"):
            async with fetch(server.url, allow=anywhere):
                pass
