"""Decode an image file of any usual format, or say what else it is and what to do with it."""

import io
import re
import warnings
from contextlib import suppress
from pathlib import PurePath

import numpy as np
from PIL import Image, ImageOps

MAX_SIDE = 8192  # pixels
MAX_PIXELS = 51_000_000  # phones take photographs of up to 50 million, 4 bytes each in memory
TOO_LARGE = f"at most {MAX_SIDE:,} on each side are accepted. Crop it or scale it down."
# By Pillow's name: ours, and the extensions. MPO is Pillow's name for a JPEG that contains further
# images, such as the depth map that phones add.
_JPEG = ("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"))
FORMATS = {
    "PNG": ("PNG", (".png", ".apng")),
    "JPEG": _JPEG,
    "MPO": _JPEG,
    "HEIF": ("HEIC", (".heic", ".heif", ".hif")),
    "WEBP": ("WebP", (".webp",)),
    "AVIF": ("AVIF", (".avif",)),
    "TIFF": ("TIFF", (".tif", ".tiff")),
    "GIF": ("GIF", (".gif",)),
    "BMP": ("BMP", (".bmp", ".dib")),
}
EXTENSIONS = tuple(dict.fromkeys(each for _, names in FORMATS.values() for each in names))
# A file of these kinds starts with one of the patterns; the sentence goes on after its name.
_OTHER_KINDS = (
    (rb"%PDF-", "a PDF: a document, not a picture. Save its page as PNG, or take a screenshot."),
    (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI |\0\0\x01[\xb3\xba]|FLV",
     "a video. Pause it where all can be seen, and take a screenshot as PNG."),
    (rb"(\xef\xbb\xbf)?\s*<(!doctype )?html",
     "a web page. Save the picture on it, not the page, as PNG or JPEG."),
    (rb"(\xef\xbb\xbf)?\s*<(svg|(\?xml|!--|!doctype).*<svg)\b",
     "an SVG: a drawing of lines, not of pixels. Save it as PNG."),
    (rb"PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b",
     "an archive or a document. Take the picture out of it, and save it as PNG or JPEG."),
    (rb"8BPS", "a Photoshop file. Save it as PNG."),
    (rb"%!PS", "a PostScript file: a drawing of lines, not of pixels. Save it as PNG."),
    (rb"\0\0\x01\0", "an icon. Save it as PNG."),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 picture. Save it as PNG or JPEG."),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL picture. Save it as PNG or JPEG."),
)  # fmt: skip
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_EXPECTED = "a picture is expected, as PNG, JPEG, HEIC, WebP, AVIF, TIFF, GIF or BMP."


class PictureError(ValueError):
    """The file is not a valid picture; the message says why and what is expected."""


def decode_picture(data: bytes, name: str) -> tuple[Image.Image, str]:
    """Decode the bytes of a file called `name`, whatever its extension. Returns it upright.

    Of several frames or pages, the first counts. The text is a note for the user, or empty.
    Raises PictureError if the file is not a picture, or is damaged or too large.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of sizes and of damaged metadata
        image = _open(data, name)
        try:
            image.load()
            with suppress(Exception):  # of any type: Pillow raises many on damaged EXIF data
                ImageOps.exif_transpose(image, in_place=True)
            decoded = _with_common_mode(image)
        except Exception:  # likewise on damaged pixels
            message = f"{name} is damaged: it is truncated or cannot be decoded."
            raise PictureError(message) from None
    return decoded, _extension_note(image.format, name)


def picture_size(data: bytes, name: str) -> tuple[int, int]:
    """Return the width and height from the header of a file called `name`; no pixel is decoded.

    Raises PictureError if the file is not a picture, or is too large.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _open(data, name).size


def _open(data: bytes, name: str) -> Image.Image:
    """Read the header only, so that the size is checked before any pixel is decoded."""
    if not data:
        raise PictureError(f"{name} is empty; {_EXPECTED}")
    kinds = _container_brands(data)
    if kinds & _HEIC_BRANDS and not kinds & {b"avif", b"avis"}:
        _register_heic(name)
    try:
        image = Image.open(io.BytesIO(data), formats=[each for each in FORMATS if _is_known(each)])
    except Image.DecompressionBombError:
        raise PictureError(f"{name} has far too many pixels; {TOO_LARGE}") from None
    except Exception:
        raise PictureError(f"{name} {_what_else(data)}") from None
    size = f"{image.width:,} x {image.height:,} pixels"
    if max(image.size) > MAX_SIDE:
        raise PictureError(f"{name} is {size}; {TOO_LARGE}")
    if image.width * image.height > MAX_PIXELS:
        raise PictureError(
            f"{name} is {size}; at most {MAX_PIXELS // 10**6} million in all are accepted. Crop it "
            "or scale it down."
        )
    return image


def _is_known(form: str) -> bool:
    Image.init()
    return form in Image.OPEN


def _container_brands(data: bytes) -> set[bytes]:
    """The brands of an ISO base media file, as HEIC, AVIF and MP4 are; empty for others."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    return {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}


def _register_heic(name: str) -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise PictureError(
            f"{name} is a HEIC, and the package that reads it is missing. Install it by "
            "pip install pillow-heif, or save the picture as JPEG."
        ) from None
    register_heif_opener()


def _what_else(data: bytes) -> str:
    brands = _container_brands(data)
    if brands & (_HEIC_BRANDS | {b"avif", b"avis"}):
        form = "an AVIF" if brands & {b"avif", b"avis"} else "a HEIC"
        return f"is {form} that is damaged or cannot be decoded here. Save it as PNG or JPEG."
    for pattern, sentence in _OTHER_KINDS:
        if re.match(pattern, data[:4096], re.DOTALL | re.IGNORECASE):
            return f"is {sentence}"
    return f"is not a picture; {_EXPECTED}"


def _with_common_mode(image: Image.Image) -> Image.Image:
    """Convert rare modes, such as LAB or YCbCr, to RGB, and NaN and infinity to 0.

    Also colours from a palette, which may be missing.
    """
    if image.mode == "F":
        return Image.fromarray(np.nan_to_num(np.asarray(image)))
    if image.mode in ("LAB", "HSV", "YCbCr", "RGBX", "CMYK"):
        return image.convert("RGB")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _extension_note(form: str, name: str) -> str:
    actual, extensions = FORMATS[form]
    extension = PurePath(name).suffix.lower()
    if not extension or extension in extensions:
        return ""
    article = "an" if actual == "AVIF" else "a"
    return (
        f"{name} has the extension {extension}, but is {article} {actual}; it was read as {actual}."
    )
