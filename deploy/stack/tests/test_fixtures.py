"""The plugin's fixtures, on the servers they start."""

from urllib.parse import urlsplit

from pymongo import MongoClient
from redis import Redis

from stack.calls import call
from stack.virtual_hosts import VirtualHost


def test_mongo_is_a_primary(mongo_uri: str, mongo_database_prefix: str) -> None:
    with MongoClient[dict[str, object]](mongo_uri) as client, client.start_session() as session:
        with session.start_transaction():
            client[f"{mongo_database_prefix}x"].seats.insert_one({"_id": "C7"}, session=session)
        assert client[f"{mongo_database_prefix}x"].seats.find_one() == {"_id": "C7"}


def test_a_redis_database_is_empty_and_its_own(redis_db_url: str) -> None:
    with Redis.from_url(redis_db_url, decode_responses=True) as database:
        assert database.dbsize() == 0
        database.set("held", "C7")
        assert database.get("held") == "C7"
    assert not redis_db_url.endswith("/0")


def test_a_virtual_host_is_found_with_its_queues_and_without_their_messages(
    rabbitmq_vhost_url: str, rabbitmq_management_url: str
) -> None:
    broker = urlsplit(rabbitmq_vhost_url)
    name, api = broker.path[1:], f"{rabbitmq_management_url}/api"
    queue = {"durable": True, "arguments": {"x-queue-type": "quorum"}}
    assert call("PUT", f"{api}/queues/{name}/q", queue).status in {201, 204}
    message = {"properties": {}, "routing_key": "q", "payload": "left by a test", "payload_encoding": "string"}
    assert call("POST", f"{api}/exchanges/{name}/amq.default/publish", message).json == {"routed": True}
    VirtualHost(rabbitmq_management_url, name).prepare(broker.username or "")
    found = call("POST", f"{api}/queues/{name}/q/get", {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"})
    assert (found.status, found.json) == (200, [])
