"""Which processes are profiled, where their graphs go, and what is said when they may not be."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.profile import WITHOUT_PTRACE, ProfileError, graphs, main, reason

NOW = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
STACK_INFO = {
    "services": {"payment": [{"pid": 5, "role": "api"}, {"pid": 6, "role": "worker"}], "notify": [{"pid": 7}]},
    "pids": {"razorpay": 8, "mail": 9},
}


def test_each_process_of_a_service_has_a_graph_of_its_own() -> None:
    assert dict(graphs(STACK_INFO, "payment", Path("profiles"), NOW)) == {
        5: Path("profiles/payment-20261129T093000-5.svg"),
        6: Path("profiles/payment-20261129T093000-6.svg"),
    }


def test_a_simulator_is_profiled_as_a_service_is() -> None:
    assert [pid for pid, _ in graphs(STACK_INFO, "mail", Path(), NOW)] == [9]


def test_an_unknown_word_is_answered_by_those_that_are_known() -> None:
    with pytest.raises(ProfileError, match="mail, notify, payment, razorpay"):
        list(graphs(STACK_INFO, "cart", Path(), NOW))


def test_without_ptrace_one_line_says_what_to_do() -> None:
    for said in ("Error: Permission Denied: Try running again with sudo", "Operation not permitted (os error 1)"):
        assert reason(said) == WITHOUT_PTRACE


def test_any_other_failure_is_said_in_the_last_words_of_the_profiler() -> None:
    assert reason("Error: Failed\nReason: no such process\n\n") == "Reason: no such process"


def test_without_a_stack_the_user_is_told_how_to_start_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("payment", 1, {"STACK_DIR": str(tmp_path)}) == 1
    assert "`make up` starts one" in capsys.readouterr().err
