"""Where results go, and what is never lost by it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ocr_async.cli.names import safe
from tests import faults
from tests.cli.command import MISTRAL, PROGRAM, ROOT, URL, command, documents, environment, files
from tests.upstream import Upstream


FORMS = (
    "md (.md, .markdown), json (.json), jsonl (.jsonl, .ndjson), text (.txt, .text), html (.html, .htm), "
    "csv (.csv), xlsx (.xlsx), pdf (.pdf), pdfa (.pdf), hocr (.hocr), alto (.xml)"
)


def refused(done: subprocess.CompletedProcess[bytes], server: Upstream, says: str) -> None:
    assert done.returncode == 2, done.stderr
    assert says in done.stderr.decode()
    assert done.stderr.startswith(b"ocr-async: ConfigurationError: ")
    assert server.requests == []  # it was said before anything was read


@pytest.mark.parametrize("spelling", ["a.md", "./a.md", "../in/a.md", "linked.md", "hard.md", "round/a.md"])
def test_the_document_itself_is_no_output(server: Upstream, tmp_path: Path, spelling: str) -> None:
    home = tmp_path / "in"
    documents(home, "a.md")
    (home / "linked.md").symlink_to("a.md")
    (home / "hard.md").hardlink_to(home / "a.md")
    (home / "round").symlink_to(home)
    before = (home / "a.md").read_bytes()
    done = command("run", "a.md", *MISTRAL, "-o", spelling, "--overwrite", server=server, cwd=home)
    refused(done, server, f"{Path(spelling)} is a.md, a document to be read: it would be lost; name another output")
    assert [(home / name).read_bytes() for name in ("a.md", "hard.md")] == [before, before]


def test_no_document_of_a_folder_is_an_output_nor_a_list_nor_standard_output(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "in/a.pdf", "in/a.html", "b.pdf")
    html = ("-f", "html", "--overwrite", *MISTRAL)
    done = command("run", "in", *html, "-o", "in", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "in") == ["a.html", "a.html.html", "a.pdf", "a.pdf.html"]
    assert (tmp_path / "in" / "a.html").read_bytes() == b"%PDF-1.7 in/a.html"
    server.requests.clear()
    refused(command("run", "b.pdf", "in/a.html", *html, "-o", "in", server=server, cwd=tmp_path), server, "be lost")
    done = command("run", "b.pdf", *MISTRAL, "--failed", "./b.pdf", server=server, cwd=tmp_path)
    refused(done, server, "b.pdf is b.pdf, a document to be read")
    with open(tmp_path / "b.pdf", "ab") as onto:
        done = subprocess.run(
            [*PROGRAM, "run", "b.pdf", *MISTRAL],
            stdout=onto, stderr=subprocess.PIPE, timeout=100, check=False, cwd=tmp_path, env=environment(server),
        )  # fmt: skip
    refused(done, server, "standard output is b.pdf")


def test_a_picture_replaces_no_document(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "img-0.jpeg")
    done = command("run", "img-0.jpeg", *MISTRAL, "-o", "x.md", "--images", ".", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "img-0.jpeg").read_bytes() == b"%PDF-1.7 img-0.jpeg"
    assert "page-0-img-0.jpeg" in files(tmp_path)


def test_an_earlier_result_is_replaced_whole_and_keeps_its_permissions(server: Upstream, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("before")
    (tmp_path / "a.md").chmod(0o600)
    kept = (tmp_path / "a.md").open()  # whoever reads the old one goes on reading it
    done = command("run", URL, *MISTRAL, "-o", "a.md", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.md").read_text().startswith("# Page 0")
    assert (tmp_path / "a.md").stat().st_mode & 0o777 == 0o600
    with kept:
        assert kept.read() == "before"
    assert files(tmp_path) == ["a.md"]


def test_results_in_a_folder_are_kept_until_it_is_said_what_to_do_with_them(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "in/a.pdf", "in/b.pdf", "in/c.pdf")
    for name in ("a.md", "b.md"):
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out" / name).write_text("before")
    run = ("run", "in", *MISTRAL, "-o", "out")
    done = command(*run, server=server, cwd=tmp_path)
    refused(done, server, "2 results there already, such as out/a.md: say --skip-existing or --overwrite")
    assert files(tmp_path / "out") == ["a.md", "b.md"]
    done = command(*run, "--skip-existing", server=server, cwd=tmp_path)
    assert b"1 done, 0 failed, 2 skipped, 3 pages, " in done.stderr
    assert (tmp_path / "out" / "a.md").read_text() == "before"
    assert len(server.requests) == 1
    done = command(*run, "--overwrite", server=server, cwd=tmp_path)
    assert b"3 done, 0 failed, 9 pages, " in done.stderr
    assert (tmp_path / "out" / "a.md").read_text().startswith("# Page 0")


def test_one_result_without_a_place_keeps_none_of_the_others_from_theirs(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "in/a.pdf", "in/b.pdf")
    (tmp_path / "out" / "a.md").mkdir(parents=True)
    done = command("run", "in", *MISTRAL, "-o", "out", "--overwrite", server=server, cwd=tmp_path)
    assert done.returncode == 1
    assert b"in/a.pdf: out/a.md cannot be written: Is a directory" in done.stderr
    assert files(tmp_path / "out") == ["b.md"]


def test_where_there_is_no_place_at_all_nothing_is_read(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "in/a.pdf", "file")
    done = command("run", "in", *MISTRAL, "-o", "file/out", server=server, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(b"ocr-async: file/out cannot be written: Not a directory")
    assert server.requests == []


def test_results_among_the_documents_are_not_read_in_turn(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "in/a.pdf")
    run = ("run", "-r", "in", *MISTRAL, "-o", "in/out", "-f", "html", "--overwrite")
    for _ in range(2):
        assert command(*run, server=server, cwd=tmp_path).returncode == 0
    assert files(tmp_path / "in") == ["a.pdf", "out/a.html"]


def test_folders_keep_their_names_and_two_documents_never_share_a_result(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "x/a.pdf", "y/a.pdf", "y/a.png")
    done = command("run", "x", "y", *MISTRAL, "-o", "o1", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "o1") == ["x/a.md", "y/a.pdf.md", "y/a.png.md"]
    done = command("run", "./x/a.pdf", f"{tmp_path}/./y/a.pdf", *MISTRAL, "-o", "o2", server=server, cwd=tmp_path)
    assert files(tmp_path / "o2") == ["x/a.md", "y/a.md"], done.stderr
    done = command("run", "x/a.pdf", "x", "x/../x/a.pdf", *MISTRAL, "-o", "o3", server=server, cwd=tmp_path)
    assert files(tmp_path / "o3") == ["a.md"], done.stderr
    server.requests.clear()
    done = command("run", "x/a.pdf", "y/a.pdf", *MISTRAL, "-o", "o4", server=server, cwd=tmp_path)
    refused(done, server, "x/a.pdf and y/a.pdf would both be written to a.pdf.md: write ./ before the part")


def test_names_that_differ_by_case_or_composition_alone_are_two_results_nowhere(
    server: Upstream, tmp_path: Path
) -> None:
    for one, other in (("A.pdf", "a.pdf"), ("\u00e9.pdf", "e\u0301.pdf")):
        documents(tmp_path / one, one, other)
        refused(
            command("run", one, *MISTRAL, "-o", "out", server=server, cwd=tmp_path), server, "would both be written"
        )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-o", "x.docx"], f"x.docx: there is no form with the ending .docx; there are {FORMS}"),
        (["-o", "x.pdf"], "a searchable PDF is made of the document itself; download it first"),
        (
            ["-o", "x.csv", "-f", "md"],
            "the form md and the file x.csv contradict each other: .csv is the ending of csv",
        ),
        (
            ["-o", "x.txt", "-f", "md"],
            "the form md and the file x.txt contradict each other: .txt is the ending of text",
        ),
        ([URL, "-f", "html"], "-f html makes a file of each document: name a folder for them, -o DIR/"),
        ([URL, "-o", "x.md"], "several documents need a folder after -o"),
        (["-o", "x.md", "--timeout", "1", "-p", "0"], "pages count from 1"),
    ],
)
def test_a_form_that_does_not_fit_is_refused(server: Upstream, tmp_path: Path, arguments: list[str], says: str) -> None:
    refused(command("run", URL, *MISTRAL, *arguments, server=server, cwd=tmp_path), server, says)
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["x.MD", "x.htm", "x.ndjson", "x.markdown", "x"])
def test_other_spellings_of_endings_and_none_are_taken(server: Upstream, tmp_path: Path, name: str) -> None:
    assert command("run", URL, *MISTRAL, "-o", name, server=server, cwd=tmp_path).returncode == 0
    assert files(tmp_path) == [name]


@pytest.mark.parametrize("place", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_an_open_descriptor_is_written_on_and_not_replaced(server: Upstream, tmp_path: Path, place: str) -> None:
    log = tmp_path / "log.txt"
    log.write_text("before\n")
    with log.open("ab") as onto:
        done = subprocess.run(
            [*PROGRAM, "run", URL, *MISTRAL, "-o", place, "-f", "text"],
            stdout=onto, stderr=subprocess.PIPE, timeout=100, check=False, env=environment(server),
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert log.read_text().startswith("before\nPage 0")


def test_the_null_device_takes_it_all(server: Upstream, tmp_path: Path) -> None:
    done = command("run", URL, *MISTRAL, "-o", os.devnull, server=server, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    assert Path(os.devnull).is_char_device()


def test_several_on_standard_output_say_whose_they_are(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "a.pdf", "b-->.pdf")
    names = ("a.pdf", "b-->.pdf")
    done = command("run", *names, *MISTRAL, "-p", "1", server=server, cwd=tmp_path)
    assert done.stdout.startswith(b"<!-- a.pdf -->\n\n# Page 0"), done.stderr
    assert b"\n\n<!-- b--&gt;.pdf -->\n\n# Page 0" in done.stdout
    done = command("run", *names, *MISTRAL, "-p", "1", "-f", "text", server=server, cwd=tmp_path)
    assert done.stdout.startswith(b"==> a.pdf <==\nPage 0"), done.stderr
    assert b"\n\n==> b-->.pdf <==\nPage 0" in done.stdout
    done = command("run", *names, *MISTRAL, "-f", "jsonl", server=server, cwd=tmp_path)
    assert [line[:14] for line in done.stdout.splitlines()] == [b'{"document": "'] * 2


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("a/../../b.pdf", "a/b.pdf"),
        ("..", "document"),
        ("", "document"),
        ("a\x1b[2Jb\n.pdf", "a_[2Jb_.pdf"),
        ("..\\..\\a.pdf", ".._.._a.pdf"),
        ('c:a<b>"|?*.pdf', "c_a_b_____.pdf"),
        ("NUL", "_NUL"),
        ("com1.pdf", "_com1.pdf"),
        ("lpt².x/aux", "_lpt².x/_aux"),
        ("console.pdf", "console.pdf"),
        ("a. . ", "a"),
        ("日本語.pdf", "日本語.pdf"),
    ],
)
def test_a_result_s_name_stays_in_its_folder_and_fits_every_system(given: str, name: str) -> None:
    assert safe(given) == name


def test_long_names_are_shortened_and_stay_apart(server: Upstream, tmp_path: Path) -> None:
    names = [f"{'ü' * 124}{number}.pdf" for number in range(2)]
    documents(tmp_path, *(f"in/{name}" for name in names))
    done = command("run", "in", *MISTRAL, "-o", "out", "-f", "jsonl", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(files(tmp_path / "out")) == 2
    assert all(len(name.encode()) <= 255 for name in files(tmp_path / "out"))


def test_a_url_names_no_file_outside(server: Upstream, tmp_path: Path) -> None:
    url = "https://example.com/x/..%2F..%2F..%2Fa.pdf?token=secret"
    done = command("run", url, "https://example.com/x/..", *MISTRAL, "-o", "in/out", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path) == ["in/out/.._.._.._a.md", "in/out/document.md"]


def test_a_name_that_is_no_text_is_written_whole(server: Upstream, tmp_path: Path) -> None:
    name = os.fsdecode(b"a\xff.pdf")
    documents(tmp_path, name)
    done = command("run", name, *MISTRAL, "-f", "jsonl", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b'{"document": "a\\udcff.pdf"')


def test_a_full_disk_behind_standard_output_is_told(server: Upstream) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*PROGRAM, "run", URL, *MISTRAL],
            stdout=full, stderr=subprocess.PIPE, timeout=100, check=False, env=environment(server),
        )  # fmt: skip
    assert done.returncode == 75
    assert done.stderr.startswith(b"ocr-async: standard output cannot be written: No space left on device\n")


@pytest.mark.parametrize(
    "typed", ["models", "models --json", "estimate samples", *("bulk status {}/out", "bulk export {}/out")]
)
@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_full_disk_behind_what_any_command_prints_is_told(job: Path, typed: str, buffered: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*PROGRAM, *typed.format(job).split()], stdout=full, stderr=subprocess.PIPE, timeout=100, check=False,
            cwd=ROOT, env={**environment(), "PYTHONUNBUFFERED": buffered},
        )  # fmt: skip
    assert done.returncode == 75
    assert done.stderr.endswith(b"ocr-async: standard output cannot be written: No space left on device\n")


@pytest.mark.parametrize("encoding", ["utf-8:strict", "latin-1:strict", "ascii:strict"])
@pytest.mark.parametrize("typed", ["--help", "bulk run --help", "models", "bulk status {}/out", "estimate {}/in"])
def test_what_an_encoding_lacks_is_written_out(job: Path, typed: str, encoding: str) -> None:
    done = subprocess.run(
        [*PROGRAM, *typed.format(job).split()], capture_output=True, timeout=100, check=False,
        env={**environment(), "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    assert done.stdout


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a job with a document that was read, and one that failed whose name is no text."""
    folder = tmp_path_factory.mktemp("job")
    (folder / "in").mkdir()
    (folder / "in" / "a.html").write_text("<p>Words</p>")
    (folder / "in" / os.fsdecode("\N{SNOWMAN}".encode() + b"\xff.pdf")).touch()
    assert command("bulk", "run", "in", "--out", "out", "-m", "local", cwd=folder).returncode == 1
    return folder


def test_a_link_is_followed_to_the_file_that_is_replaced(server: Upstream, tmp_path: Path) -> None:
    (tmp_path / "latest.txt").symlink_to("real.txt")
    (tmp_path / "real.txt").write_text("before")
    done = command("run", URL, *MISTRAL, "-p", "1", "-o", "latest.txt", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "latest.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text().startswith("Page 0")


def test_what_is_no_regular_file_is_written_into_and_not_replaced(server: Upstream, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = command("run", URL, *MISTRAL, "-p", "1", "-o", str(pipe), "-f", "text", server=server)
        assert done.returncode == 0, done.stderr
        assert os.read(reading, 100).startswith(b"Page 0\n\nText of page 0.")
        assert pipe.is_fifo()
    finally:
        os.close(reading)


@pytest.mark.parametrize(
    ("closed", "code", "told"),
    [
        ("<&-", 0, b""),
        (">&-", 2, b"ocr-async: standard output cannot be written: Bad file descriptor\n"),
        ("2>&-", 0, b""),
        ("<&- >&- 2>&-", 2, b""),
    ],
)
def test_standard_streams_may_be_closed(server: Upstream, closed: str, code: int, told: bytes) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *PROGRAM, "run", URL, *MISTRAL, "--quiet"],
        capture_output=True, timeout=100, check=False, env=environment(server),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, told)
    assert bool(done.stdout) is (code == 0)


@pytest.mark.parametrize(("full", "code"), [(True, 75), (False, 2)])
def test_a_result_that_cannot_be_written_says_where_and_why(
    server: Upstream, tmp_path: Path, full: bool, code: int
) -> None:
    target = tmp_path / "file" / "a.md"
    (tmp_path / "file").write_bytes(b"")
    if full:
        target = tmp_path / "full.md"
        target.symlink_to("/dev/full")
    done = command("run", URL, *MISTRAL, "-o", str(target), server=server)
    assert done.returncode == code, done.stderr
    assert done.stderr.decode().startswith(f"ocr-async: {target} cannot be written: ")
    assert b"Traceback" not in done.stderr


def test_what_came_of_a_document_that_lacks_pages_is_kept_and_not_taken_for_its_result(
    server: Upstream, tmp_path: Path
) -> None:
    documents(tmp_path, "in/a.pdf")
    run = ("run", "in", "-p", "1-3", *MISTRAL, "-o", "out", "--failed", "left.txt", "--skip-existing")
    server.default = faults.missing_page(1)
    done = command(*run, server=server, cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    said = done.stderr.decode()
    assert "in/a.pdf: the 2 pages that came: out/a.partial.md\n" in said
    assert "0 done, 1 failed, 0 skipped, 2 pages" in said
    assert files(tmp_path / "out") == ["a.partial.md"]
    kept = (tmp_path / "out" / "a.partial.md").read_text()
    assert ("Text of page 0." in kept, "Text of page 1." in kept, "Text of page 2." in kept) == (True, False, True)
    assert (tmp_path / "left.txt").read_text() == "in/a.pdf\n"
    server.default = faults.missing_page(99)
    done = command(*run, server=server, cwd=tmp_path)
    assert (done.returncode, files(tmp_path / "out")) == (0, ["a.md", "a.partial.md"])


def test_a_part_of_a_result_replaces_no_document_and_no_other_result(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "a.pdf", "a.partial.pdf", "b.pdf")
    (tmp_path / "b.partial.md").symlink_to("b.pdf")
    server.default = faults.missing_page(1)
    run = ("-p", "1-3", *MISTRAL, "-o", "./")
    for named in (["a.pdf", "a.partial.pdf"], ["b.pdf"]):
        done = command("run", *named, *run, server=server, cwd=tmp_path)
        assert f"{named[0]}: the 2 pages" not in done.stderr.decode()
    assert files(tmp_path) == ["a.partial.partial.md", "a.partial.pdf", "a.pdf", "b.partial.md", "b.pdf"]
    assert (tmp_path / "b.pdf").read_bytes() == b"%PDF-1.7 b.pdf"


def test_one_file_is_kept_in_part_as_well_and_standard_output_gets_nothing(server: Upstream, tmp_path: Path) -> None:
    server.default = faults.missing_page(1)
    run = ("run", URL, "-p", "1-3", *MISTRAL)
    done = command(*run, "-o", "x.json", server=server, cwd=tmp_path)
    assert (done.returncode, files(tmp_path)) == (4, ["x.partial.json"])
    done = command(*run, server=server, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, b"")
