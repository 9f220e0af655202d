#!/bin/sh
# The start of RabbitMQ in a container whose own files cannot be written: what is made anew each time is in memory.
set -eu
umask 077

made=$(mktemp -d)
sh "$(dirname "$0")/definitions.sh" > "$made/definitions.json"
cat > "$made/rabbitmq.conf" <<END
load_definitions = $made/definitions.json
vm_memory_high_watermark.absolute = 600MB
disk_free_limit.absolute = 100MB
END
export RABBITMQ_CONFIG_FILE="$made/rabbitmq.conf" RABBITMQ_LOG_BASE="$made"  # what is not on the console: crash dumps
exec docker-entrypoint.sh rabbitmq-server
