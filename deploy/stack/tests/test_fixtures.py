"""The plugin's fixtures, on the servers they start."""

from pymongo import MongoClient
from redis import Redis
from stack.calls import call


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


def test_a_virtual_host_can_be_used(rabbitmq_vhost_url: str, rabbitmq_management_url: str) -> None:
    vhost = rabbitmq_vhost_url.rpartition("/")[2]
    queue = {"durable": True, "arguments": {"x-queue-type": "quorum"}}
    answer = call("PUT", f"{rabbitmq_management_url}/api/queues/{vhost}/q", queue)
    assert answer.status == 201, answer.text
