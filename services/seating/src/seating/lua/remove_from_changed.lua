-- Take a showtime off its shard's list of changed ones once its availability was said, unless it has changed again.
-- KEYS: 1 meta 2 changed; ARGV: 1 the showtime 2 the version that was said
-- Returns: {1} when it was taken off, else {0}
-- Invariant: a change that nobody has said stays on the list.
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then return {0} end
redis.call('HSET', KEYS[1], 'listed', '')
return {redis.call('ZREM', KEYS[2], ARGV[1])}
