-- Claims an idempotency key that is free. A claim sent once more, since its connection was lost, is the same claim.
-- KEYS[1] the key; ARGV[1] the request's fingerprint; ARGV[2] the claim's seed; ARGV[3] its milliseconds.
-- Answers {} where it is claimed, else {fingerprint, answer's head or nil, answer's body or nil} of the first call.
local stored = redis.call('HMGET', KEYS[1], 'fingerprint', 'head', 'body', 'seed')
if stored[1] and stored[4] ~= ARGV[2] then return {stored[1], stored[2], stored[3]} end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'seed', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {}
