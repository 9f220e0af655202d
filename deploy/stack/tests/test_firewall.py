"""Who cut a member off may be killed meanwhile: `make down` lets the member send again, and leaves all else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stack.firewall import cut_off

OTHERS = "-p tcp --dport 22 -j ACCEPT"
_IPTABLES = f"""#!{sys.executable}
import os, sys
_, verb, chain, *rule = sys.argv[1:]
with open(os.environ["RULES"], "r+") as file:
    rules, wanted = file.read().splitlines(), " ".join(rule)
    if verb == "--delete" and wanted not in rules:
        sys.exit(1)
    rules.append(wanted) if verb == "--append" else rules.remove(wanted)
    file.seek(0)
    file.truncate()
    file.write("\\n".join(rules))
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The rules of a kernel's firewall that takes them from whoever runs the tests."""
    program, kept = tmp_path / "bin" / "iptables", tmp_path / "rules"
    program.parent.mkdir()
    program.write_text(_IPTABLES, encoding="utf-8")
    program.chmod(0o755)
    kept.write_text(OTHERS, encoding="utf-8")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("RULES", str(kept))
    return kept


def test_down_ends_what_a_killed_run_has_cut_off(tmp_path: Path, rules: Path) -> None:
    members = [{"group": group} for group in (20_001, 20_002, None)]
    stack_info = {"servers": {"mongo": {"members": members}, "redis": {}}}
    (tmp_path / "stack.json").write_text(json.dumps(stack_info), encoding="utf-8")
    for member in members[:2]:
        cut_off(member).__enter__()
    with cut_off({"group": 30_000}):
        subprocess.run(
            [sys.executable, "-m", "stack", "down"], env={**os.environ, "STACK_DIR": str(tmp_path)}, check=True
        )
        assert rules.read_text(encoding="utf-8").splitlines() == [OTHERS, "-m owner --gid-owner 30000 -j DROP"]
    assert rules.read_text(encoding="utf-8") == OTHERS
