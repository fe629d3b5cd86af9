"""What the fields for picture files and the camera have in common."""

from urllib.parse import urlsplit

# With `image/*`, a telephone offers its camera; not every browser counts the three to it. The
# others are refused when they are read, which says what to do, as Streamlit does not.
TYPES = ["image/*", ".heic", ".heif", ".avif", "application/*", "text/*", "video/*", "audio/*"]
MAX_MEGABYTES = 20  # of a file; a picture of a digit is far smaller
CAMERA_WIDTH = 480  # pixels, on a wider page
NO_CAMERA = (
    "There is no camera here: browsers allow one only on pages with https, or on localhost. Take "
    "the picture with the camera of the device and upload it."
)


def allows_camera(url: str | None) -> bool:
    """Return whether browsers allow a camera on a page at `url`; None: it is not known yet.

    They do in a "secure context" (W3C): with https, or on the same machine.
    """
    address = urlsplit(url or "")
    host = address.hostname or ""
    is_local = host in ("localhost", "::1") or host.startswith("127.")
    return address.scheme != "http" or is_local or host.endswith(".localhost")
