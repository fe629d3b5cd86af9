"""The files for a server: what they name exists, and what is documented is all there is."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
UNIT = PROJECT / "deploy" / "cnn-laboratory@.service"
MOST_EXPOSED = 1.5  # of 10, by `systemd-analyze security`; a service without any limits has 9.6


def text_of(name: str) -> str:
    return (PROJECT / name).read_text("utf-8")


def test_each_variable_that_the_code_reads_is_in_the_table():
    documented = set(re.findall(r"^\| `(CNN_\w+)`", text_of("docs/deploy.md"), re.MULTILINE))
    read = {
        name
        for top in ("cnn", "ui")
        for path in (PROJECT / top).rglob("*.py")
        for name in re.findall(r'"(CNN_[A-Z_]+)"', path.read_text("utf-8"))
    }
    assert "CNN_RUNS" in read
    assert read - documented == set()


def test_a_data_set_that_the_app_accepts_passes_nginx():
    most = tomllib.loads(text_of(".streamlit/config.toml"))["server"]["maxUploadSize"]
    assert f"client_max_body_size {most}m;" in text_of("deploy/nginx.conf")


def test_the_image_has_what_the_app_consists_of_and_runs_as_nobody_special():
    lines = text_of("Dockerfile").splitlines()
    copied = [each for line in lines if line.startswith("COPY ") for each in line.split()[1:-1]]
    assert all((PROJECT / each).exists() for each in copied)
    assert {"app.py", "cnn", "ui", "pages", ".streamlit/config.toml"} <= set(copied)
    allowed = {line[1:] for line in text_of(".dockerignore").splitlines() if line.startswith("!")}
    assert {each.split("/")[0] for each in copied} == allowed
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["cnn"]
    assert [line for line in lines if line.startswith(("USER", "CMD"))][-1].startswith("CMD")


def analyzed(*arguments: str, folder: Path) -> subprocess.CompletedProcess:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")
    unit = folder / UNIT.name
    # The command has to exist: the app is installed elsewhere here.
    unit.write_text(
        UNIT.read_text("utf-8").replace("/opt/cnn-laboratory/.venv/bin/python", sys.executable)
    )
    return subprocess.run(
        ["systemd-analyze", *arguments, str(unit)], capture_output=True, text=True, timeout=60
    )


def test_systemd_understands_each_line_of_the_service(tmp_path):
    result = analyzed("verify", folder=tmp_path)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_the_service_may_do_little(tmp_path):
    result = analyzed("security", "--offline=true", "--no-pager", folder=tmp_path)
    [exposed] = re.findall(r"Overall exposure level for .*: ([\d.]+)", result.stdout)
    assert float(exposed) <= MOST_EXPOSED
