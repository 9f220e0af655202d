"""Our own processes: started together, started again when one dies, and what is said when one does not come up."""

import os
import signal
import sys
from pathlib import Path

import pytest
from deploy.stack.tests.conftest import SECONDS, eventually

from stack.calls import answers
from stack.ports import PortClaims
from stack.process_group import ProcessGroup
from stack.processes import StartError, is_alive
from stack.table import Definition


def a_process(name: str, port: int, *argv: str) -> Definition:
    web = ("-m", "http.server", "--bind", "127.0.0.1", str(port))
    return Definition(
        name=name,
        service=name,
        role="all",
        argv=(sys.executable, *(argv or web)),
        env=dict(os.environ),
        port=port,
        ready_path="/",
    )


def test_a_dead_process_is_started_again_on_its_port(tmp_path: Path, ports: PortClaims) -> None:
    one, other = a_process("one", ports.claim()), a_process("other", ports.claim())
    process_group = ProcessGroup("services", [one, other], tmp_path)
    process_group.start()
    process_group.wait_ready(SECONDS)
    before = process_group.pids
    os.kill(before["one"], signal.SIGKILL)
    revived = eventually(process_group.revive)
    process_group.wait_ready(SECONDS)
    assert revived == ["one"]
    assert process_group.pids["one"] != before["one"]
    assert process_group.pids["other"] == before["other"]
    assert answers(one.url + "/")
    process_group.stop()
    assert not any(is_alive(pid) for pid in process_group.pids.values())


def test_a_process_that_ends_at_its_start_is_named_with_its_last_words(tmp_path: Path, ports: PortClaims) -> None:
    process_group = ProcessGroup(
        "services", [a_process("seating-1", ports.claim(), "-c", "print('no seats today'); exit(7)")], tmp_path
    )
    process_group.start()
    with pytest.raises(StartError, match=r"seating-1 ended with code 7:\n.*no seats today"):
        process_group.wait_ready(SECONDS)


def test_a_process_that_stays_unready_is_named(tmp_path: Path, ports: PortClaims) -> None:
    process_group = ProcessGroup(
        "services", [a_process("mute", ports.claim(), "-c", "import signal; signal.pause()")], tmp_path
    )
    process_group.start()
    with pytest.raises(StartError, match="mute did not become ready"):
        process_group.wait_ready(0.3)
    process_group.stop()
