-- Note that a showtime's availability was said; it leaves its shard's list of changed ones, unless it has changed again.
-- KEYS: 1 meta 2 changed; ARGV: 1 the showtime 2 the version that was said 3 how many seats were said to be available
-- Returns: {1} when it left the list, else {0}
-- Invariant: a change that nobody has said stays on the list; `said` is of the newest version that somebody was to say.
local version, said_version = unpack(redis.call('HMGET', KEYS[1], 'version', 'said_version'))
if not version then return {0} end
if said_version == ARGV[2] then redis.call('HSET', KEYS[1], 'said', ARGV[3]) end
if version ~= ARGV[2] then return {0} end
redis.call('HSET', KEYS[1], 'listed', '')
return {redis.call('ZREM', KEYS[2], ARGV[1])}
