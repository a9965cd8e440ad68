"""Turn what a phone sends as a picture into a small, clean one: re-encoded, turned upright, without EXIF. Pure."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from dispatch.core.errors import Invalid, TooLarge, WrongContentType

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS_JPEG = 220_000_000
MOST_PIXELS = 40_000_000
SIDE_PX = 1600
SIGNATURE_SIDE_PX = 1000
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture fit to be kept."""

    content: bytes
    content_type: str
    width_px: int
    height_px: int


def clean_photo(data: bytes) -> Picture:
    """A photo as JPEG of at most 1600 px a side, upright, without EXIF (which may hold a home's coordinates).

    TooLarge above 12 MB, WrongContentType for what is no JPEG, PNG or WebP, Invalid for an empty, broken or huge one.
    """
    image = _open(data)
    image.draft("RGB", (SIDE_PX, SIDE_PX))
    upright = _load(image)
    upright.thumbnail((SIDE_PX, SIDE_PX))
    return _encode(_on_white(upright), "JPEG", "image/jpeg", quality=QUALITY, optimize=True)


def clean_signature(data: bytes) -> Picture:
    """A signature as grey PNG on white; refused like a photo."""
    drawn = _load(_open(data))
    drawn.thumbnail((SIGNATURE_SIDE_PX, SIGNATURE_SIDE_PX))
    return _encode(_on_white(drawn).convert("L"), "PNG", "image/png", optimize=True)


def _open(data: bytes) -> Image.Image:
    if not data:
        raise Invalid("the photo is empty (0 bytes): take it again", code="photo_empty")
    if len(data) > MOST_BYTES:
        raise TooLarge(f"the photo has {len(data) // 1_048_576} MB: at most 12 MB are taken", code="photo_too_large")
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypavif"):
        raise WrongContentType(
            "this is a HEIC or AVIF picture: choose JPEG (most compatible) in the camera's settings", code="photo_kind"
        )
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise WrongContentType("this is no photo we can read: send JPEG, PNG or WebP", code="photo_kind") from error
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise Invalid("the photo is damaged or too large to open: take it again", code="photo_broken") from error
    most = MOST_PIXELS_JPEG if _shrinks_while_read(image) else MOST_PIXELS
    if image.width * image.height > most:
        raise Invalid(f"the photo has {image.width} x {image.height} pixels: make it smaller", code="photo_too_large")
    return image


def _shrinks_while_read(image: Image.Image) -> bool:
    """Whether it never lies in memory as a whole: a JPEG, unless it is progressive, whose scans are kept to the end."""
    return image.format == "JPEG" and not image.info.get("progressive")


def _load(image: Image.Image) -> Image.Image:
    try:
        image.load()
        return ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Invalid("the photo is damaged: take it again", code="photo_broken") from error


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        flat = Image.new("RGB", clear.size, "white")
        flat.paste(clear, mask=clear.getchannel("A"))
        return flat
    return image.convert("RGB")


def _encode(image: Image.Image, kind: str, content_type: str, **options: object) -> Picture:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return Picture(
        content=out.getvalue(), content_type=content_type, width_px=image.width, height_px=image.height
    )
