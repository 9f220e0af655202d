"""What an engine of our own wrote into the machine's firewall goes with it, and nothing else."""

from stack.containers.network import Firewall

BEFORE = """*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OURS - [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
"""
AFTER = """*filter
:INPUT ACCEPT [9:9]
:FORWARD DROP [0:0]
:OURS - [0:0]
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
"""


def test_the_rules_chains_and_policy_of_the_engine_go() -> None:
    assert Firewall.of(BEFORE).back_from(Firewall.of(AFTER)) == [
        ["-D", "FORWARD", "-j", "DOCKER-USER"],
        ["-D", "FORWARD", "-i", "docker0", "!", "-o", "docker0", "-j", "ACCEPT"],
        ["-F", "DOCKER"],
        ["-F", "DOCKER-USER"],
        ["-X", "DOCKER"],
        ["-X", "DOCKER-USER"],
        ["-P", "FORWARD", "ACCEPT"],
    ]


def test_what_was_there_before_stays() -> None:
    assert Firewall.of(AFTER).back_from(Firewall.of(AFTER)) == []


def test_a_table_that_was_empty_is_empty_again() -> None:
    steps = Firewall.of("").back_from(Firewall.of("*nat\n:POSTROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n"))
    assert steps == [["-F", "DOCKER"], ["-X", "DOCKER"]]
