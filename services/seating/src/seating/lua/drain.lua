-- Take or keep the lease of a shard's stream, delete what was published, and give out what comes next.
-- KEYS: 1 lease 2 stream; ARGV: 1 token 2 lease in ms 3 how many 4… ids that were published
-- Returns: entries, oldest first; none when another has the lease; the lease is given back when nothing is given out
-- Invariant: only who has the lease deletes, and only what it published.
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return {} end
if #ARGV > 3 then redis.call('XDEL', KEYS[2], unpack(ARGV, 4)) end
local entries = ARGV[3] == '0' and {} or redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', ARGV[3])
if #entries == 0 then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return entries
