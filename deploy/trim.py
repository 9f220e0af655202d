"""Takes out of an image's packages what its service never reads: `python -P trim.py SERVICE`, by the image's Python.

What is left is imported once, so that an image that lacks something is not built.
"""

import importlib
import importlib.util
import pkgutil
import py_compile
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

LANGUAGES = ("en", "hi", "ta")
"""Those that texts are written in; how numbers and times read in others is never asked."""
ALSO_STARTED = ("chassis.server",)
"""What is imported on the way, where it is in the image."""

_WITHOUT_READER = (".c", ".h", ".pxd", ".pxi", ".pyi", ".pyx")
_NEVER_IMPORTED = (
    "faststream/confluent",
    "faststream/kafka",
    "faststream/mqtt",
    "faststream/nats",
    "faststream/redis",
)
_LOCALE = re.compile(rf"(root|({'|'.join(LANGUAGES)})(_.*)?)\.dat")


def trim(site: Path) -> None:
    """Take it out of this folder of packages."""
    for path in sorted(_superfluous(site)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    libraries = sorted(site.glob("**/*.so"))
    subprocess.run(["strip", "--strip-unneeded", *libraries], check=True)  # noqa: S603, S607  binutils', by its name


def _superfluous(site: Path) -> Iterator[Path]:
    """Tests, what compilers read, lists of files that are no longer right, and parts that nobody here imports; words
    of languages and fonts of scripts that no page and no message has."""
    yield from (path for path in site.glob("**/tests/") if path.is_dir())
    yield from (path for path in site.glob("**/*") if path.suffix in _WITHOUT_READER)
    yield from site.glob("*.dist-info/RECORD")
    for part in _NEVER_IMPORTED:
        yield from site.glob(part)
    yield from (product for product in site.glob("twilio/rest/*/") if product.is_dir())
    yield from (path for path in site.glob("babel/locale-data/*.dat") if not _LOCALE.fullmatch(path.name))
    named = {name for page in site.glob("printing/**/*.typ") for name in families_in(page.read_text("utf-8"))}
    yield from (path for path in site.glob("manimgx_fonts/*.ttf") if family(path) not in named)


def families_in(page: str) -> list[str]:
    """The fonts that a page of typst names."""
    return re.findall(r'"(Noto [A-Za-z ]+)"', page)


def family(font: Path) -> str:
    """`Noto Sans Tamil` of `NotoSansTamil[wght].ttf`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", font.name.partition("[")[0])


def compile_imported(service: str, site: Path) -> None:
    """Import the service, and leave compiled what that took: its container cannot write."""
    package = importlib.import_module(service)
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{service}.")]
    for name in (*names, *ALSO_STARTED):
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    for module in list(sys.modules.values()):
        source = Path(getattr(module, "__file__", None) or "")
        if source.suffix == ".py" and source.is_relative_to(site):
            py_compile.compile(
                str(source), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
            )


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    packages = Path(sysconfig.get_path("purelib"))
    trim(packages)
    compile_imported(sys.argv[1], packages)
