-- Read a showtime's seats as they are now, with what one user holds of them, or one hold.
-- ARGV: 2 user or '' 3 hold or '' 4 for how many milliseconds somebody watches the map from now on, or ''
-- Returns: {'read', version, revision, now, map, 1 when closed, screen, [hold, seats…]} | with a hold: {'hold', now, record, quote} | {'missing'} |
--          {'unknown', run id}
-- Invariant: what has expired has ended before anything is read.
if not known then return unknown() end
if ARGV[3] ~= '' then
  local id = ARGV[3]
  read(holds, {id, id .. ':quote'})
  local rec = record(id)
  if not rec or rec.user ~= ARGV[2] then return {'missing'} end
  return {'hold', now, get(holds, id), get(holds, id .. ':quote')}
end
if ARGV[4] ~= '' then set(meta, 'watched_until', whole(now + ARGV[4])) end
local mine = {}
if ARGV[2] ~= '' then
  for id in string.gmatch(holds_of(ARGV[2]), '%S+') do
    mine[#mine + 1] = id
    mine[#mine + 1] = record(id).seats
  end
end
return {'read', version, revision, now, map_now(), closed and 1 or 0, screen, mine}
