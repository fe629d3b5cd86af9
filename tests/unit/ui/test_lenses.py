import subprocess
import sys
from pathlib import Path

import pytest

from ui.widgets.lens import FOLDER, LIVE_PARTS, lens_source

COMPONENTS = {
    path.stem: () for path in FOLDER.glob("*.js") if path.stem not in {"maps", *LIVE_PARTS}
} | {"convolution": (), "pooling": (), "picker": ("explored",), "live": LIVE_PARTS}


@pytest.mark.parametrize(("name", "parts"), COMPONENTS.items())
def test_a_component_uses_no_name_that_it_lacks(name, parts, tmp_path):
    """Its files are joined: a linter that reads one by one cannot tell."""
    path = tmp_path / f"{name}.js"
    path.write_text(lens_source("js", *parts, name))
    settings = tmp_path / "settings.json"
    settings.write_text(
        '{"env": {"browser": true, "es2024": true}, "rules": {"no-undef": "error"}}'
    )
    oxlint = Path(sys.executable).with_name("oxlint")
    result = subprocess.run(
        [oxlint, "--config", settings, "-A", "all", "-D", "no-undef", path],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout


def test_a_name_that_is_lacking_is_found(tmp_path):
    """The test above can fail."""
    path = tmp_path / "wrong.js"
    path.write_text(lens_source("js", "live"))
    with pytest.raises(AssertionError, match="readNetwork"):
        test_a_component_uses_no_name_that_it_lacks("live", (), tmp_path)
