"""What Docker's engine leaves behind in this machine's network when it ends, taken away again."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BRIDGE = "docker0"
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_TABLES = ("filter", "nat")


@dataclass(frozen=True)
class Firewall:
    """A table as `iptables-save` lists it: policies of its own chains, chains that were added, and rules."""

    policies: dict[str, str]
    added: frozenset[str]
    rules: tuple[str, ...]

    @classmethod
    def of(cls, saved: str) -> "Firewall":
        """What the lines of a table say."""
        chains = dict(line[1:].split()[:2] for line in saved.splitlines() if line.startswith(":"))
        return cls(
            {name: policy for name, policy in chains.items() if policy != "-"},
            frozenset(name for name, policy in chains.items() if policy == "-"),
            tuple(line for line in saved.splitlines() if line.startswith("-A ")),
        )

    def back_from(self, later: "Firewall") -> list[list[str]]:
        """Arguments of iptables, in order, that take Docker's part of a later state away; what others changed
        meanwhile stays."""
        chains = {name for name in later.added - self.added if name.startswith("DOCKER")}
        rules = [rule.split() for rule in later.rules if rule not in self.rules]
        bridged = [rule for rule in rules if BRIDGE in rule or chains.intersection(rule)]
        policy = self.policies.get("FORWARD", "ACCEPT")
        return [
            *(["-D", *rule[1:]] for rule in bridged if rule[1] not in chains),
            *(["-F", chain] for chain in sorted(chains)),
            *(["-X", chain] for chain in sorted(chains)),
            *([["-P", "FORWARD", policy]] if later.policies.get("FORWARD", policy) != policy else []),
        ]


@contextmanager
def left_as_it_was() -> Iterator[None]:
    """After the block the bridge, rules and settings are gone that an engine made in it. Root is needed for that."""
    had_bridge, forwarding = _has_bridge(), _FORWARDING.read_text(encoding="ascii")
    before = {table: _firewall(table) for table in _TABLES}
    try:
        yield
    finally:
        for table, firewall in before.items():
            for arguments in firewall.back_from(_firewall(table)):
                subprocess.run(["iptables", "--wait", "-t", table, *arguments], check=False, capture_output=True)
        if _has_bridge() and not had_bridge:
            subprocess.run(["ip", "link", "delete", BRIDGE], check=False, capture_output=True)
        if _FORWARDING.read_text(encoding="ascii") != forwarding:
            _FORWARDING.write_text(forwarding, encoding="ascii")


def _has_bridge() -> bool:
    return Path("/sys/class/net", BRIDGE).exists()


def _firewall(table: str) -> Firewall:
    if shutil.which("iptables-save") is None:
        return Firewall({}, frozenset(), ())
    saved = subprocess.run(["iptables-save", "-t", table], check=False, capture_output=True, text=True)
    return Firewall.of(saved.stdout)
