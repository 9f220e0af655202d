-- Ends a claim of an idempotency key where it still holds: stores the answer, or frees the key where there is none.
-- KEYS[1] the key; ARGV[1] the claim's seed; then, of an answer, ARGV[2] its milliseconds, [3] head, [4] body.
-- Answers {ended (1 or 0)}.
local stored = redis.call('HMGET', KEYS[1], 'seed', 'head')
if stored[1] ~= ARGV[1] or stored[2] then return {0} end
if not ARGV[3] then
  redis.call('DEL', KEYS[1])
  return {1}
end
redis.call('HSET', KEYS[1], 'head', ARGV[3], 'body', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {1}
