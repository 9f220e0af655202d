"""`make release-check`: whether today's code may be shipped as the version that it names, and a bill of materials of
each image, in `release/`."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from stack.shipped import IMAGES, ROOT, Package, packages

RULES = tomllib.loads((ROOT / "deploy/licences.toml").read_text(encoding="utf-8"))
FOLDER = ROOT / "release"
UNREACHABLE = re.compile(
    r"ConnectionError|ProxyError|Max retries|Name or service|timed out|HTTPError|ServiceError", re.IGNORECASE
)
Bom = dict[str, Any]


def versions() -> dict[str, str]:
    """The version that each place names."""
    chart = (ROOT / "deploy/charts/marquee/Chart.yaml").read_text(encoding="utf-8")
    released = re.search(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    members = [file for file in ROOT.glob("**/pyproject.toml") if ".venv" not in file.parts]
    return {
        **{str(file.relative_to(ROOT)): tomllib.loads(file.read_text())["project"]["version"] for file in members},
        "CHANGELOG.md": released[1] if released else "none",
        **{
            f"Chart.yaml, {name}": version
            for name, version in re.findall(r"^(version|appVersion): (.+)$", chart, re.MULTILINE)
        },
    }


def refused(shipped: Iterable[Package]) -> Iterator[str]:
    """A line for each package whose licence is not allowed."""
    for package in sorted(shipped, key=lambda each: each.name):
        licence = RULES["names"].get(package.licence, package.licence)
        named = set(re.split(r"\s+(?:AND|OR|WITH)\s+", licence.replace("(", "").replace(")", "")))
        if package.name not in RULES["packages"] and not named <= set(RULES["allowed"]):
            yield f"{package.name} {package.version}: {package.licence}"


def environment() -> Bom:
    """The bill of materials of the whole environment, as CycloneDX's own tool makes it."""
    argv = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", sys.executable]
    return dict(json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout))


def bom_of(image: str, whole: Bom) -> Bom:
    """That of an image: the packages that it holds and what they ask for."""
    shipped = packages(image)
    of_python = {package.name for package in shipped if package.ecosystem == "pypi"}
    components = [each for each in whole["components"] if re.sub(r"[-_.]+", "-", each["name"]).lower() in of_python]
    components += [_of_npm(package) for package in sorted(shipped, key=str) if package.ecosystem == "npm"]
    known = {each["bom-ref"] for each in components}
    edges = [each for each in whole["dependencies"] if each["ref"] in known]
    name = f"marquee-{image}"
    return {
        **{key: whole[key] for key in ("$schema", "bomFormat", "specVersion") if key in whole},
        "version": 1,
        "metadata": {"component": {"type": "container", "bom-ref": name, "name": name, "version": version()}},
        "components": components,
        "dependencies": [
            {"ref": name, "dependsOn": sorted(known)},
            *({**each, "dependsOn": [ref for ref in each.get("dependsOn", ()) if ref in known]} for each in edges),
        ],
    }


def version() -> str:
    """That of the root."""
    return versions()["pyproject.toml"]


def audited() -> str | None:
    """None when no shipped or used package has a known vulnerability; else what was found, or why nobody could look."""
    argv = [
        sys.executable,
        "-m",
        "pip_audit",
        "--requirement",
        "requirements.lock",
        "--disable-pip",
        "--require-hashes",
    ]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd=ROOT)
    if done.returncode == 0:
        return None
    if UNREACHABLE.search(done.stderr):
        return "pip-audit could not run: the service that knows vulnerabilities cannot be reached from here"
    return (done.stdout + done.stderr).strip()


def _of_npm(package: Package) -> Bom:
    purl = f"pkg:npm/{package.name.replace('@', '%40')}@{package.version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "purl": purl,
        "licenses": [{"license": {"name": package.licence}}],
    }


def _complaints() -> Iterator[str]:
    named = versions()
    if len(set(named.values())) > 1:
        yield "versions differ: " + ", ".join(f"{place} {version}" for place, version in sorted(named.items()))
    yield from (f"licence: {line}" for line in refused({each for image in IMAGES for each in packages(image)}))
    vulnerable = audited()
    if vulnerable:
        yield vulnerable


def main() -> None:
    """Write the bills of materials, then say what stands against a release; ends with 1 where anything does."""
    whole = environment()
    FOLDER.mkdir(exist_ok=True)
    for image in IMAGES:
        file = FOLDER / f"marquee-{image}-{version()}.cdx.json"
        bom = bom_of(image, whole)
        file.write_text(json.dumps(bom, indent=1) + "\n", encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {len(bom['components'])} packages")
    complaints = list(_complaints())
    print("\n".join(complaints) or f"{version()} may be shipped")
    sys.exit(bool(complaints))


if __name__ == "__main__":
    main()
