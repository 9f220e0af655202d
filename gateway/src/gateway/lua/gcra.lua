-- One call against a limit, by GCRA: what was used comes back evenly, and all of it may be used at once.
-- KEYS[1] whose; ARGV[1] how many calls; ARGV[2] in how many microseconds so many come back.
-- Answers {admitted (1 or 0), left now, microseconds until all is back, microseconds until the next is admitted}.
local limit, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local each = period / limit
local used_until = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local excess = used_until + each - now - period
if excess > 0 then
  return {0, 0, math.ceil(used_until - now), math.ceil(excess)}
end
used_until = used_until + each
redis.call('SET', KEYS[1], string.format('%.0f', used_until), 'PX', math.ceil((used_until - now) / 1000))
return {1, math.floor((period - (used_until - now)) / each + 0.000001), math.ceil(used_until - now), 0}
