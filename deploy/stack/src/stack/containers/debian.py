"""A base for images where none can be pulled: Debian 12 with Python, made by debootstrap and imported."""

import os
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from stack import install
from stack.containers.engine import Engine, EngineError
from stack.install import Program

BASE = "marquee-debian:12"
DEBOOTSTRAP = Program("/usr/sbin/debootstrap", "debootstrap", "BASE, an image with Python 3.11,")
_PACKAGES = "python3,python3-venv,ca-certificates"
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
_READ_BY = ("PIP_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")


def ensure_base(engine: Engine) -> str:
    """The base's name, made if it is missing: `BASE` of the environment where that is given. It trusts whom this
    machine trusts. Raises `EngineError`."""
    if given := os.environ.get("BASE"):
        return given
    if not engine.has(BASE):
        install.ensure(DEBOOTSTRAP)
        with tempfile.TemporaryDirectory(prefix="marquee-debian-") as folder:
            _make(engine, Path(folder))
    return BASE


def _make(engine: Engine, root: Path) -> None:
    engine.run(DEBOOTSTRAP.path, "--variant=minbase", f"--include={_PACKAGES}", "bookworm", str(root))
    for downloaded in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(root / downloaded)
        (root / downloaded / "partial").mkdir(parents=True)
    trusted = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    if trusted:
        shutil.copyfile(trusted, root / _CERTIFICATES)
    settings = " ".join(f"{name}=/{_CERTIFICATES}" for name in _READ_BY)
    with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as archive:
        assert archive.stdout is not None  # noqa: S101  it is a pipe
        engine.run("docker", "import", "--change", f"ENV {settings}", "-", BASE, stdin=archive.stdout.fileno())
    if archive.returncode:
        raise EngineError("tar could not read the base that debootstrap made")
