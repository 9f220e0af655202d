#!/app/bin/python
"""The health check of Mongo's stand-in: make the replica set at the first one, fail until its primary takes writes."""

import sys

from pymongo import MongoClient
from pymongo.errors import OperationFailure

NOT_YET_INITIALIZED = 94

mongo = MongoClient("mongodb://127.0.0.1:27017/?directConnection=true", serverSelectionTimeoutMS=5000)
try:
    mongo.admin.command("replSetGetStatus")
except OperationFailure as error:
    if error.code != NOT_YET_INITIALIZED:
        raise
    mongo.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": "mongo:27017"}]})
sys.exit(0 if mongo.admin.command("hello")["isWritablePrimary"] else 1)
