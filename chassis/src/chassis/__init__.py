"""How a process starts, logs, traces and talks: functions with arguments, and no word of the domain."""
