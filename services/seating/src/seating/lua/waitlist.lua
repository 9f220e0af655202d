-- What the waiting list may give out, and with '1' that somebody waits from now on.
-- ARGV: 2 '1' to join
-- Returns: {'waitlist', generation or '', now, map, 1 when closed, screen, reserved seats "C7:27 C8:28"…} | {'unknown', run id}
-- Invariant: what comes free after somebody has joined is reserved for the list.
if not known then return unknown() end
if ARGV[2] == '1' then came_for_waitlist() end
local of_reserves = {}
for id in string.gmatch(holds_of('reserve'), '%S+') do
  local rec = record(id)
  read_seats(rec.seats)
  for seat, at in seats_of(rec.seats) do
    if get(seats, seat) == id then of_reserves[#of_reserves + 1] = seat .. ':' .. at end
  end
end
for _, each in ipairs(reserved) do
  if is_reserve(get(seats, each[1])) then of_reserves[#of_reserves + 1] = each[1] .. ':' .. each[2] end
end
return {'waitlist', generation and whole(generation) or '', now, map_now(), closed and 1 or 0, screen, table.concat(of_reserves, ' ')}
