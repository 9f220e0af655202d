"""A provider's words stand in its own folder: elsewhere there are its line in the registry and that in the settings."""

from pathlib import Path

import pytest

import payment
from payment.registry import REGISTRY

SOURCES = Path(payment.__file__).parent


@pytest.mark.parametrize("provider", REGISTRY)
def test_no_word_of_a_provider_stands_outside_its_folder(provider: str) -> None:
    elsewhere = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if provider in path.read_text(encoding="utf-8").lower() and SOURCES / "providers" / provider not in path.parents
    }
    assert elsewhere == {"registry.py", "settings.py"}
