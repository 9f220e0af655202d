"""The gate of `docs/gate.md` works as it stands there: from stored files, through a restart, to its upload."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from checkin.tests.factories import MANIFESTS, TICKETS, a_document, an_entry, code_of, text_of

from checkin.manifest import InvalidManifest, ManifestSigner
from contracts.ids import new_id

PAGE = (Path(__file__).parents[2] / "docs/gate.md").read_text()
(BLOCK,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
EXAMPLE: dict[str, Any] = {}
exec(BLOCK, EXAMPLE)  # noqa: S102  the page's own text
NOW = datetime.now(UTC)
GOOD, GONE = an_entry("00000000"), an_entry("22222222", admits=False, reason="cancelled")
TIMES = {"opensAt": text_of(NOW - timedelta(hours=1)), "expiresAt": text_of(NOW + timedelta(hours=1))}


def a_folder(folder: Path, signer: ManifestSigner = MANIFESTS) -> Path:
    """What a gate stored on a trusted network; the manifest is signed by `signer`."""
    (folder / "ticket-key.json").write_text(json.dumps({"keys": [TICKETS.key.jwk()]}))
    (folder / "manifest.json").write_text(json.dumps(signer.sign(a_document(GOOD, GONE, **TIMES))))
    return folder


def test_it_lets_in_once_also_after_a_restart_and_uploads_all(tmp_path: Path) -> None:
    folder, codes = a_folder(tmp_path), [code_of(GOOD["bookingId"]), code_of(GONE["bookingId"]), code_of(new_id("bkg"))]
    gate = EXAMPLE["open_gate"](folder, "gate-2")
    lamps = [EXAMPLE["scan"](gate, folder, text) for text in (*codes, codes[0], "junk")]
    assert lamps == ["green", "red", "green", "yellow", "red"]
    again = EXAMPLE["open_gate"](folder, "gate-2")
    assert [EXAMPLE["scan"](again, folder, text) for text in codes] == ["yellow", "red", "yellow"]
    (body,) = map(json.loads, EXAMPLE["uploads"](again))
    assert [scan.get("qrCode", scan.get("reference")) for scan in body["scans"]] == [
        *codes,
        codes[0],
        "junk",
        *codes,
    ]


def test_it_does_not_open_with_a_manifest_that_a_pinned_key_did_not_sign(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifest):
        EXAMPLE["open_gate"](a_folder(tmp_path, ManifestSigner(bytes(32))), "gate-2")


def test_it_is_as_short_as_a_page_may_be() -> None:
    assert len([line for line in BLOCK.splitlines() if line.strip()]) <= 33
