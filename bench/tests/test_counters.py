"""What is read out of the answers of Mongo, RabbitMQ and the provider's simulator."""

from bench.counters import broker_messages, mongo_collections, mongo_commands, mongo_writes, provider_calls


def test_commands_that_were_used_are_counted_by_name() -> None:
    status = {"metrics": {"commands": {"<UNKNOWN>": 3, "find": {"failed": 1, "total": 7}, "drop": {"total": 0}}}}
    assert mongo_commands(status) == {"find": 7}


def test_writes_are_counted_by_what_they_waited_for() -> None:
    status = {
        "metrics": {"getLastError": {"wtime": {"num": 5}}},
        "wiredTiger": {"log": {"log sync operations": 4}},
    }
    assert mongo_writes(status) == {"majority waits": 5, "journal syncs": 4}


def test_collections_of_our_own_databases_are_counted_alone() -> None:
    operations = ("queries", "getmore", "insert", "update", "remove", "commands")
    entry = {operation: {"time": 9, "count": number} for number, operation in enumerate(operations)}
    counted = mongo_collections(
        {"note": "all times in microseconds", "booking.bookings": entry, "local.oplog.rs": entry}
    )
    assert counted == {"Mongo, booking.bookings": {name: number for number, name in enumerate(operations)}}


def test_a_broker_that_has_carried_nothing_yet_counts_nothing() -> None:
    assert broker_messages({"message_stats": {}}) == {"published": 0, "delivered": 0, "delivered again": 0}
    assert broker_messages({"message_stats": {"publish": 4, "deliver_get": 9, "redeliver": 1}})["delivered"] == 9


def test_calls_of_the_provider_are_counted_by_route() -> None:
    paths = ("/v1/orders/order_a1/payments?count=10", "/v1/orders/order_b2/payments", "/v1/payments/pay_c3")
    assert provider_calls([{"method": "GET", "path": path} for path in paths]) == {
        "GET /v1/orders/*/payments": 2,
        "GET /v1/payments/*": 1,
    }
