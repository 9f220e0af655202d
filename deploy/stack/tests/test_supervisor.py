"""`python -m stack` from the command line, with processes that stand in for ours and a real Redis."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deploy.stack.tests.conftest import eventually
from redis import Redis

from stack.calls import answers
from stack.processes import is_alive

STAND_IN = Path(__file__).parent / "stand_in"


class Stack:
    def __init__(self, folder: Path):
        self.folder = folder
        given = {"MONGO_URI": "mongodb://127.0.0.1:1", "RABBITMQ_URL": "amqp://127.0.0.1:1/"}
        self._environ = {
            **os.environ,
            **given,
            "PYTHONPATH": str(STAND_IN),
            "STACK_DIR": str(folder),
            "PORT": "0",
            "DEMO": "0",
        }
        self._environ.pop("REDIS_URL", None)

    def do(self, verb: str, **more: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "stack", verb]
        return subprocess.run(argv, env={**self._environ, **more}, capture_output=True, text=True, check=False)

    def in_foreground(self) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "stack", "run"]
        return subprocess.Popen(argv, env=self._environ, stdout=subprocess.PIPE, text=True, start_new_session=True)

    @property
    def stack_info(self) -> dict[str, Any]:
        stack_info: dict[str, Any] = json.loads((self.folder / "stack.json").read_text(encoding="utf-8"))
        return stack_info


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    one = Stack(tmp_path / "stack")
    yield one
    one.do("down")


def all_pids(stack_info: dict[str, Any]) -> list[int]:
    services = [replica["pid"] for replicas in stack_info["services"].values() for replica in replicas]
    return [*services, *stack_info["pids"].values(), stack_info["servers"]["redis"]["pid"]]


def test_up_says_where_things_are_and_down_leaves_nothing(stack: Stack) -> None:
    done = stack.do("up")
    assert done.returncode == 0, done.stderr
    stack_info = stack.stack_info
    assert stack_info["gateway"] in done.stdout
    assert stack_info["admin"]["password"] in done.stdout
    known = json.loads((stack.folder / "secrets.json").read_text(encoding="utf-8"))
    assert stack_info["keys"]["razorpay"] == {
        "keyId": known["RAZORPAY_KEY_ID"],
        "keySecret": known["RAZORPAY_KEY_SECRET"],
        "webhookSecret": known["RAZORPAY_WEBHOOK_SECRET"],
    }
    assert set(stack_info["keys"]["stripe"].values()) == {known[name] for name in known if name.startswith("STRIPE_")}
    assert answers(f"{stack_info['gateway']}/readyz")
    assert stack.do("down").returncode == 0
    assert not any(is_alive(pid) for pid in all_pids(stack_info))
    assert not (stack.folder / "stack.json").exists()
    assert stack.do("status").returncode == 3


def test_a_dead_service_comes_back_and_stack_json_follows(stack: Stack) -> None:
    stack.do("up")
    before = stack.stack_info["services"]["seating"][0]
    os.kill(before["pid"], signal.SIGKILL)

    def another() -> dict[str, Any] | None:
        found: dict[str, Any] = stack.stack_info["services"]["seating"][0]
        return found if found["pid"] != before["pid"] and answers(f"{found['url']}/") else None

    assert eventually(another)["url"] == before["url"]


def test_up_on_a_running_stack_brings_a_dead_server_back_with_its_data(stack: Stack) -> None:
    stack.do("up")
    before = stack.stack_info
    with Redis.from_url(before["servers"]["redis"]["url"]) as client:
        client.set("held", "C7")
    os.kill(before["servers"]["redis"]["pid"], signal.SIGKILL)
    eventually(lambda: not is_alive(before["servers"]["redis"]["pid"]))
    done = stack.do("up")
    assert done.returncode == 0, done.stderr
    after = stack.stack_info
    assert after["servers"]["redis"]["url"] == before["servers"]["redis"]["url"]
    assert after["services"] == before["services"]
    with Redis.from_url(after["servers"]["redis"]["url"], decode_responses=True) as client:
        assert client.get("held") == "C7"


def test_up_on_a_running_stack_does_not_pass_over_other_settings(stack: Stack) -> None:
    stack.do("up", HOLD_SECONDS="6")
    done = stack.do("up", HOLD_SECONDS="33", REPLICAS="seating=2")
    assert done.returncode == 1
    assert "given another HOLD_SECONDS, REPLICAS" in done.stderr
    assert stack.do("up", HOLD_SECONDS="6").returncode == 0
    assert stack.do("up").returncode == 0


def test_status_names_what_is_stuck_and_what_is_not_ready(stack: Stack) -> None:
    stack.do("up", REPLICAS="payment=2")
    done = stack.do("status")
    assert "payment: 2 open cases" in done.stdout
    assert "dead letters" not in done.stdout
    assert done.returncode == 1  # the given mongod and broker are not there
    assert len([line for line in done.stdout.splitlines() if line.startswith("payment ")]) == 2


def test_up_fails_with_the_reason_and_leaves_nothing(stack: Stack) -> None:
    done = stack.do("up", FAILS="booking")
    assert done.returncode == 1
    assert "booking-1 ended with code 1" in done.stderr
    assert "it was told to fail" in done.stderr
    assert stack.do("status").returncode == 3


def test_a_second_stack_in_the_same_folder_is_refused(stack: Stack) -> None:
    stack.do("up")
    done = stack.do("run")
    assert done.returncode == 1
    assert "already runs" in done.stderr


def test_ctrl_c_ends_run_and_everything_it_started(stack: Stack) -> None:
    with stack.in_foreground() as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "Ctrl-C" in line:
                break
        pids = all_pids(stack.stack_info)
        running.send_signal(signal.SIGINT)
        running.stdout.read()
        assert running.wait() == 0
    assert not any(is_alive(pid) for pid in pids)


def test_nothing_outlives_a_killed_supervisor(stack: Stack) -> None:
    stack.do("up")
    pids = all_pids(stack.stack_info)
    os.kill(int((stack.folder / "lock").read_text(encoding="ascii")), signal.SIGKILL)
    eventually(lambda: not any(is_alive(pid) for pid in pids))
    assert stack.do("up").returncode == 0  # and the folder is free again
