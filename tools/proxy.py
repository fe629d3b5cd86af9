"""Starts nginx with deploy/nginx.conf in front of servers of the app, for tests."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tools.browser import PROJECT, App, free_port

SITE = PROJECT / "deploy" / "nginx.conf"
# This machine, but not the name or address that Streamlit accepts from any page.
HOST = "127.0.0.2"
# What a distribution's nginx.conf has around such a site, in a folder of its own. The log says
# which server answered a request.
AROUND = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    log_format upstreams '$request_uri $status $upstream_addr';
    access_log {folder}/access.log upstreams;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass
class Proxy:
    """A running nginx. address: of the app behind it, with the path."""

    address: str
    folder: Path

    def answered(self, mark: str) -> str:
        """Return the address of the server that answered the request with `mark` in its address.

        "" before there was one. Of several servers that were asked, it is the last.
        """
        lines = (self.folder / "access.log").read_text().splitlines()
        found = [line.split(" ", 2)[2] for line in lines if mark in line.split(" ")[0]]
        return found[-1].split(", ")[-1] if found else ""


def find_nginx() -> str | None:
    """Return the path of nginx, which Debian installs where only root looks; None without it."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


@contextmanager
def running_nginx(servers: list[App], folder: Path) -> Iterator[Proxy]:
    """Run nginx within the context: deploy/nginx.conf, for `servers`. Its files are in `folder`.

    Raises RuntimeError if the site has other servers than expected, or nginx does not start.
    """
    port = free_port()
    (folder / "site.conf").write_text(_site(port, servers))
    user = "user root;" if os.geteuid() == 0 else ""  # the folder is of who runs the tests
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    command = [find_nginx() or "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        while not (folder / "nginx.pid").exists():
            if process.poll() is not None:
                raise RuntimeError(f"nginx did not start: {process.stderr.read()}")
            time.sleep(0.05)
        yield Proxy(f"http://{HOST}:{port}/cnn", folder)
    finally:
        process.terminate()
        process.wait(10)


def _site(port: int, servers: list[App]) -> str:
    """Return deploy/nginx.conf with `port` and the ports of `servers` in place of its own."""
    text = SITE.read_text("utf-8")
    ports = [urlsplit(server.address).port for server in servers]
    for old, new in (
        ("listen 80;", f"listen {HOST}:{port};"),
        ("listen [::]:80;", ""),
        *((f"127.0.0.1:{8501 + i}", f"127.0.0.1:{each}") for i, each in enumerate(ports)),
    ):
        if text.count(old) != 1:
            raise RuntimeError(f"{SITE} has {old!r} {text.count(old)} times, not once")
        text = text.replace(old, new)
    if len(re.findall(r"^ +server 127", text, re.MULTILINE)) != len(servers):
        raise RuntimeError(f"{SITE} does not have {len(servers)} servers")
    return text
