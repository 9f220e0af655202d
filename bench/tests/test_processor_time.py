"""How the system's accounting of processes is read and given to names."""

from pathlib import Path

from bench.processor_time import TICKS_A_SECOND, Process, parsed, processes, seconds_by_name


def stat(pid: int, name: str, parent: int, *, ticks: tuple[int, int, int, int]) -> str:
    """A line as proc(5) has it: times of the process and of its ended children stand from the 14th field on."""
    return f"{pid} ({name}) S {parent} 1 1 0 -1 0 1 2 3 4 {' '.join(map(str, ticks))} 20 0 1 0 99"


def test_times_of_ended_children_are_counted_with_their_parent() -> None:
    seconds = (100 + 20 + 3 + 4) / TICKS_A_SECOND
    assert parsed(stat(7, "mongod", 1, ticks=(100, 20, 3, 4))) == Process(7, 1, seconds)


def test_a_process_may_call_itself_what_it_likes() -> None:
    assert parsed(stat(7, "a) S 9 (b", 1, ticks=(1, 0, 0, 0))).parent == 1


def test_what_is_no_process_and_what_has_ended_is_passed_over(tmp_path: Path) -> None:
    for name in ("7", "8", "self"):
        (tmp_path / name).mkdir()
    (tmp_path / "7" / "stat").write_text(stat(7, "mongod", 1, ticks=(0, 0, 0, 0)), encoding="utf-8")
    assert [process.pid for process in processes(tmp_path)] == [7]


def test_a_child_counts_for_the_nearest_ancestor_with_a_name() -> None:
    running = [Process(1, 0, 64), Process(2, 1, 32), Process(3, 2, 16), Process(4, 3, 8), Process(5, 2, 4)]
    assert seconds_by_name(running, {2: "supervisor", 3: "RabbitMQ"}) == {"supervisor": 36, "RabbitMQ": 24}


def test_processes_of_one_name_are_counted_together() -> None:
    assert seconds_by_name([Process(2, 1, 3), Process(3, 1, 4)], {2: "seating", 3: "seating"}) == {"seating": 7}
