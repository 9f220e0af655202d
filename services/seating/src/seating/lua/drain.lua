-- Take the lease of a shard's stream with what comes next in it; or delete what was published, and give the lease back.
-- KEYS: 1 lease 2 stream; ARGV: 1 token 2 lease in ms 3 how many, '0' to give it back 4… ids that were published
-- Returns: {1, entries oldest first} | {0}: another has the lease; it is given back where nothing is given out
-- Invariant: only who has the lease deletes, and only what it published.
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return {0} end
if #ARGV > 3 then redis.call('XDEL', KEYS[2], unpack(ARGV, 4)) end
local entries = ARGV[3] == '0' and {} or redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', ARGV[3])
if #entries > 0 then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
elseif owner then
  redis.call('DEL', KEYS[1])
end
return {1, entries}
