#!/bin/sh
# Print the definitions that a RabbitMQ loads at its start: the template beside this file with the passwords of the
# environment in it. Both stand in URLs too, so they are letters, digits, - and _ alone.
set -eu

for name in RABBITMQ_PASSWORD RABBITMQ_SUBSCRIBER_PASSWORD; do
  eval "value=\${$name:-}"
  case "$value" in
    '' | *[!A-Za-z0-9_-]*) echo "$name must be letters, digits, - and _" >&2; exit 1 ;;
  esac
done

sed -e "s/\${RABBITMQ_PASSWORD}/$RABBITMQ_PASSWORD/" \
    -e "s/\${RABBITMQ_SUBSCRIBER_PASSWORD}/$RABBITMQ_SUBSCRIBER_PASSWORD/" "$(dirname "$0")/definitions.json"
