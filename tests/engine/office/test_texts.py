"""Files that are text already come back as they are, decoded; of letters, what is written in them."""

from __future__ import annotations

import pytest

from ocr_async import ocr
from ocr_async.engine.office.texts import is_text, text_of
from ocr_async.errors import DocumentError
from ocr_async.models import Bytes


LETTER = """\
From: Anna <anna@example.com>
To: =?utf-8?q?J=C3=B6rg?= <j@example.com>
Subject: =?iso-8859-1?q?Gr=FC=DFe?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: multipart/alternative; boundary=y

--y
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Sch=F6ne Gr=FC=DFe
--y
Content-Type: text/html

<p>other</p>
--y--
--x
Content-Type: application/pdf
Content-Disposition: attachment; filename=a.pdf

%PDF
--x--
"""


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"# no *heading*\n  [x]", "# no *heading*\n  [x]"),
        ("a.md", b"# Head\n", "# Head\n"),
        ("a.csv", b"a;b\n1;2", "a;b\n1;2"),
        ("a.json", b'{"a": [1]}', '{"a": [1]}'),
        ("a.py", b"def f():\n\treturn '<b>'\n", "def f():\n\treturn '<b>'\n"),
        ("a.xml", b'<?xml version="1.0"?>\n<a><b/></a>', '<?xml version="1.0"?>\n<a><b/></a>'),
        ("a.log", b"12:00 started\x1b[0m\n", "12:00 started[0m\n"),
        ("a.txt", "Größe".encode("utf-16"), "Größe"),
        ("a.txt", b"\xef\xbb\xbfa", "a"),
    ],
)
def test_a_text_file_is_one_page_of_what_it_says(name: str, data: bytes, said: str) -> None:
    response = ocr(Bytes(data=data, name=name), model="local")
    assert [page.markdown for page in response.pages] == [said]


def test_old_encodings_are_told_from_the_bytes() -> None:
    text = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 5
    assert text_of(text.encode("cp1251"), "text/plain") == text
    german = "Müßiggang ist aller Laster Anfang, und zwölf Boxkämpfer jagen Viktor über den großen Deich. " * 3
    assert text_of(german.encode("cp1252"), "text/plain") == german


def test_a_letter_is_its_heads_and_its_text() -> None:
    response = ocr(Bytes(data=LETTER.encode(), name="a.eml"), model="local")
    assert response.pages[0].markdown == (
        "From: Anna <anna@example.com>\nTo: Jörg <j@example.com>\nSubject: Grüße\nAttachment: a.pdf\n\nSchöne Grüße"
    )


def test_a_letter_in_html_is_its_text() -> None:
    data = b"Subject: a\nContent-Type: text/html; charset=utf-8\n\n<p>One <b>two</b></p><script>x</script><p>three</p>"
    assert text_of(data, "message/rfc822") == "Subject: a\n\nOne two\n\nthree"


@pytest.mark.parametrize(
    ("data", "mime", "message"),
    [
        (b"a\0b", "text/plain", "its bytes are not"),
        (bytes(100), "application/json", "its bytes are not"),
        (b"a" * (33 << 20), "text/plain", "more than 32 MiB"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, mime: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        text_of(data, mime)


def test_html_and_pictures_are_no_texts() -> None:
    assert [is_text(mime) for mime in ("text/html", "image/png", None, "text/x-python")] == [False, False, False, True]
