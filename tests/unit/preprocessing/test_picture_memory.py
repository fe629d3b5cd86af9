"""The memory that the largest accepted pictures take, measured in a process of its own."""

import subprocess
import sys

import pytest
from PIL import Image

from cnn.constants import PROJECT_PATH

KINDS = {"L": "JPEG", "RGB": "JPEG", "CMYK": "JPEG", "P": "GIF", "I;16": "PNG", "RGBA": "TIFF"}
MAX_MB = 500
READ = """
import resource, sys
from pathlib import Path
from cnn.preprocessing.picture_decoding import PictureError
from cnn.preprocessing.picture_files import read_picture

def peak_kb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

read_picture(Path(sys.argv[1]).read_bytes(), "digit")
before = peak_kb()
for file in sys.argv[2:]:
    assert read_picture(Path(file).read_bytes(), "digit").size == (6200, 8192)
    print(file, (peak_kb() - before) // 1024)
"""


@pytest.mark.slow
def test_the_largest_picture_of_each_kind_takes_less_than_500_mb(tmp_path):
    Image.new("L", (60, 60)).save(tmp_path / "small.png")
    for mode, form in KINDS.items():
        Image.new(mode, (6200, 8192)).save(tmp_path / mode.replace(";", ""), form)
    files = [str(tmp_path / name) for name in ("small.png", *(m.replace(";", "") for m in KINDS))]
    read = subprocess.run(
        [sys.executable, "-c", READ, *files], cwd=PROJECT_PATH, capture_output=True, text=True
    )
    assert read.returncode == 0, read.stderr
    peaks = [int(line.split()[1]) for line in read.stdout.splitlines()]
    assert len(peaks) == len(KINDS) and max(peaks) < MAX_MB, read.stdout
