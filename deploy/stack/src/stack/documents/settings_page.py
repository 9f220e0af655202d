"""The page of all settings, `docs/settings.md`."""

from collections.abc import Mapping

from stack.documents.settings import PROCESSES, Setting, settings_of

_INTRODUCTION = """# Settings

Made by `make schemas` from the settings classes of all services; do not edit.

Everything comes from the environment. A process whose settings cannot be right ends at its start, with one line for
each that is missing or wrong. Lists have commas between their entries; lists of numbers and maps are JSON. Addresses
of services may list several replicas.

| setting | of | default | what |
| --- | --- | --- | --- |
"""
_OF_ALL = "all"


def page() -> str:
    """Each setting with the services that read it: first those of all, then in the order of services."""
    readers = _readers()
    of_all_first = sorted(readers, key=lambda name: len(readers[name]) < len(PROCESSES))
    return _INTRODUCTION + "".join(_row(name, readers[name]) for name in of_all_first)


def _readers() -> dict[str, dict[str, Setting]]:
    """Of each name the services that read it, with what it is for them."""
    readers: dict[str, dict[str, Setting]] = {}
    for service in PROCESSES:
        for name, setting in settings_of(service).items():
            readers.setdefault(name, {})[service] = setting
    return readers


def _row(name: str, readers: Mapping[str, Setting]) -> str:
    of = _OF_ALL if len(readers) == len(PROCESSES) else ", ".join(readers)
    meanings = list(dict.fromkeys(setting.meaning for setting in readers.values()))
    secret = "Secret. " if any(setting.is_secret for setting in readers.values()) else ""
    return f"| `{name}` | {of} | {_default(readers)} | {secret}{' '.join(meanings)} |\n"


def _default(readers: Mapping[str, Setting]) -> str:
    """That of most, then those of services that have another."""
    written = {service: _written(setting) for service, setting in readers.items()}
    usual = max(dict.fromkeys(written.values()), key=list(written.values()).count)
    others = [f"{service}: {default}" for service, default in written.items() if default != usual]
    return "; ".join((usual, *others)) if others else usual


def _written(setting: Setting) -> str:
    if setting.is_required:
        return "**required**"
    return f"`{setting.default}`" if setting.default else ""
