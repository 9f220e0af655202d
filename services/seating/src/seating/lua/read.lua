-- Read a showtime's seats as they are now, with what one user holds of them, or one hold.
-- ARGV: 2 user or '' 3 hold or ''
-- Returns: {'read', version, revision, now, map, 1 when closed, [hold, seats…]} | with a hold: {'hold', now, record, quote} | {'missing'} |
--          {'unknown', run id}
-- Invariant: what has expired has ended before anything is read.
if not known then return unknown() end
if ARGV[3] ~= '' then
  local rec = record(ARGV[3])
  if not rec or rec.user ~= ARGV[2] then return {'missing'} end
  return {'hold', now, cjson.encode(rec), redis.call('HGET', HOLDS, ARGV[3] .. ':quote')}
end
local mine = {}
if ARGV[2] ~= '' then
  for id in string.gmatch(holds_of(ARGV[2]), '%S+') do
    mine[#mine + 1] = id
    mine[#mine + 1] = record(id).seats
  end
end
return {'read', version, revision, now, redis.call('GET', MAP), closed and 1 or 0, mine}
