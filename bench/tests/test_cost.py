"""Names of processes, seats to sell, sums and medians of rounds, and the tables that show them."""

from collections.abc import Mapping
from pathlib import Path

from bench import compare
from bench.cost import Cost, Groups, Idle, Round, median_round, process_names, seats, summed
from bench.cost_table import text
from bench.usage import with_a_part_apart

STACK_INFO = {
    "services": {"payment": [{"pid": 5}, {"pid": 6}], "notify": [{"pid": 7}]},
    "servers": {"mongo": {"pid": 1}, "redis": {"pid": None}, "rabbitmq": {"pid": 3}},
    "pids": {"razorpay": 8, "mail": 9},
}
GROUPS = Groups(services=("payment", "notify"), servers=("mongod", "Redis"), rest=("mail",))


def a_round(seconds: Mapping[str, float], *, bare: float = 0.0001, finds: float = 40) -> Round:
    counts = {"Mongo commands": {"find": finds, "insert": 2, "hello": 0.001}}
    return summed(Round(seconds, counts, bare, Idle({"payment": 0.02}, {"Mongo commands": {"find": 1.5}})), GROUPS)


def a_cost(*rounds: Round) -> Cost:
    return Cost(GROUPS, rounds, median_round(rounds), Idle({"payment": 0.01}, {"Mongo commands": {"find": 0.5}}))


def test_replicas_share_a_name_and_given_servers_have_none() -> None:
    names = process_names(STACK_INFO, supervisor=2)
    assert names == {
        1: "mongod",
        2: "supervisor",
        3: "RabbitMQ",
        5: "payment",
        6: "payment",
        7: "notify",
        8: "razorpay",
        9: "mail",
    }


def test_no_seat_is_sold_twice_and_sales_are_spread_over_all_showtimes() -> None:
    wishes = list(seats(["sho_a", "sho_b"]))
    assert len(set(wishes)) == len(wishes) == 400
    assert wishes[:3] == [("sho_a", "A1"), ("sho_b", "A1"), ("sho_a", "A2")]


def test_a_sum_is_made_round_by_round() -> None:
    rounds = [a_round({"payment": payment, "notify": notify}) for payment, notify in ((1, 9), (2, 1), (3, 2))]
    median = median_round(rounds).seconds
    assert (median["payment"], median["notify"], median["services together"]) == (2, 2, 5)


def test_a_part_that_stands_apart_is_in_no_sum_twice() -> None:
    assert with_a_part_apart({"notify": 9, "mail": 1}, "notify", "tickets", 6) == {"notify": 3, "mail": 1, "tickets": 6}


def test_idle_shares_are_summed_as_seconds_are() -> None:
    assert median_round([a_round({"payment": 1})]).idle.shares["the whole stack"] == 0.02


def test_the_tables_show_processes_by_price_and_counts_by_frequency() -> None:
    rounds = [a_round({"notify": 0.004, "payment": 0.02, "mongod": 0.01}, finds=finds) for finds in (40, 41, 99)]
    lines = text(a_cost(*rounds)).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line]
    assert cells[2:10] == [
        ["bare FastAPI JSON endpoint, a request", "0.100", "", "1", "", ""],
        ["payment", "20.0", "20.0 to 20.0", "200", "2.0", "1.0"],
        ["mongod", "10.0", "10.0 to 10.0", "100", "0.0", "0.0"],
        ["notify", "4.0", "4.0 to 4.0", "40", "0.0", "0.0"],
        ["services together", "24.0", "24.0 to 24.0", "240", "2.0", "0.0"],
        ["services with tickets", "24.0", "24.0 to 24.0", "240", "2.0", "0.0"],
        ["services and servers", "34.0", "34.0 to 34.0", "340", "2.0", "0.0"],
        ["the whole stack", "34.0", "34.0 to 34.0", "340", "2.0", "0.0"],
    ]
    assert cells[12] == ["Mongo commands", "43.0", "find 41.0, insert 2.0"]
    assert cells[-1] == ["Mongo commands", "0.5", "find 0.5"]


def test_a_process_that_did_less_than_in_the_idle_stretch_took_nothing() -> None:
    assert "| payment                               | 0.0 " in text(a_cost(a_round({"payment": -0.00001})))


def test_runs_of_one_version_are_compared_by_the_medians_of_all_their_rounds(tmp_path: Path) -> None:
    for name, payments in {"a": (0.020, 0.030), "b": (0.010,), "now": (0.005,)}.items():
        rounds = [a_round({"payment": payment}, finds=1000 * payment) for payment in payments]
        (tmp_path / f"{name}.json").write_text(compare.as_json(a_cost(*rounds)), encoding="utf-8")
    before, now = compare.read(f"{tmp_path}/a.json,{tmp_path}/b.json"), compare.read(f"{tmp_path}/now.json")
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in compare.text(before, now).splitlines()]
    assert ["payment", "20.0", "5.0", "0.25", "0.25", "2.0", "2.0", "1.0"] in lines
    assert ["Mongo commands", "22.0: find 20.0, insert 2.0", "7.0: find 5.0, insert 2.0"] in lines


def test_a_busier_machine_is_reckoned_out_by_the_bare_endpoint() -> None:
    idle = Idle({}, {})
    before, now = a_round({"payment": 0.02}, bare=0.0001), a_round({"payment": 0.02}, bare=0.0002)
    assert "| payment                  | 20.0              | 20.0  | 1.00         | 0.50             |" in compare.text(
        (before, idle), (now, idle)
    )
