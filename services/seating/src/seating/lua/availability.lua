-- How many seats are available, where that is to be said: it has changed, and was not said within a time.
-- ARGV: 2 the time in milliseconds
-- Returns: {'say', version, total, available}: it is the caller's now to say it | {'wait'} | {'same'} as said before, and off the list |
--          {'unknown', run id}
-- Invariant: `said` is what was said of `said_version`, the newest that somebody was to say; '' until that is noted. A number
--            is not taken for said where nobody has said it, or where a newer one may have been.
if not known then return unknown() end
read(meta, {'announced_at', 'said'})
if now < tonumber(get(meta, 'announced_at') or 0) + ARGV[2] then return {'wait'} end
local available = 0
if not closed then available = select(2, string.gsub(map_now(), 'a', '')) end
if get(meta, 'said') == tostring(available) then
  set(meta, 'listed', '')
  redis.call('ZREM', CHANGED, showtime)
  return {'same'}
end
set(meta, 'announced_at', whole(now))
set(meta, 'said_version', whole(version))
set(meta, 'said', '')
return {'say', version, #map_now(), available}
