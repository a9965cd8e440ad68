"""Photos from phones: cleaned, or refused with a remedy."""
import io
import struct
import zlib

import pytest
from PIL import Image

from dispatch.core.errors import Invalid, PacelineError, TooLarge, WrongContentType
from riders import photos


def picture(size: tuple[int, int] = (40, 30), kind: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    """A picture file of one colour."""
    out = io.BytesIO()
    Image.new(mode, size, "orange").save(out, kind, **options)
    return out.getvalue()


def test_a_photo_is_made_small_and_loses_its_coordinates() -> None:
    """EXIF of a door photo holds where somebody lives."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (49.0, 24.0, 30.0)}
    exif[0x010F] = "Secret Camera"
    cleaned = photos.clean_photo(picture((4000, 3000), exif=exif))
    kept = Image.open(io.BytesIO(cleaned.content))
    assert max(kept.size) == 1600
    assert not kept.getexif()
    assert b"Secret Camera" not in cleaned.content


def test_a_photo_is_turned_upright_before_its_exif_is_dropped() -> None:
    """Phones write the turn into EXIF; without it the door would lie on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    cleaned = photos.clean_photo(picture((400, 200), exif=exif))
    assert (cleaned.width_px, cleaned.height_px) == (200, 400)


def test_a_signature_drawn_on_nothing_lands_on_white() -> None:
    """A transparent canvas must not turn black on the merchant's sheet."""
    out = io.BytesIO()
    Image.new("RGBA", (300, 100), (0, 0, 0, 0)).save(out, "PNG")
    kept = Image.open(io.BytesIO(photos.clean_signature(out.getvalue()).content))
    assert kept.mode == "L"
    assert kept.getpixel((5, 5)) == 255


def bomb() -> bytes:
    """A PNG of a few bytes that claims 60,000 x 60,000 pixels."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(1000))),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def slow_bomb() -> bytes:
    """A progressive JPEG of a few bytes that claims 9,000 x 9,000 pixels: its scans are kept until the end."""
    small = picture(progressive=True)
    at = small.index(b"\xff\xc2") + 5
    return small[:at] + struct.pack(">HH", 9_000, 9_000) + small[at + 4 :]


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", Invalid, "empty"),
        (b"x" * (photos.MOST_BYTES + 1), TooLarge, "12 MB"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", WrongContentType, "HEIC"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", WrongContentType, "JPEG"),
        (b"%PDF-1.7 forged as image/jpeg", WrongContentType, "JPEG"),
        (picture(kind="GIF", mode="P"), WrongContentType, "JPEG"),
        (picture((600, 600))[:900], Invalid, "damaged"),
        (bomb(), Invalid, "pixels|large|damaged"),
        (slow_bomb(), Invalid, "9000 x 9000 pixels"),
    ],
    ids=["zero bytes", "50 MB", "HEIC", "SVG", "forged type", "GIF", "truncated", "bomb", "progressive bomb"],
)
def test_what_is_no_good_photo_is_refused_with_a_remedy(data: bytes, error: type[PacelineError], words: str) -> None:
    """The rider stands at a door: the answer must say what to do."""
    with pytest.raises(error, match=words):
        photos.clean_photo(data)
