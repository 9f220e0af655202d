-- Hold seats for one who waits: all of them, free or reserved for the list, or none.
-- ARGV: 2 hold 3 user 4 snapshot revision of the quote 5 milliseconds 6 the instant until which the offer may be made 7 quote 8 traceparent
--       9 seats "C7:27 C8:28" 10 the screen that the places are of
-- Returns: {'held', now, until} | {'ended'} | {'taken'} | {'late'} | {'closed'} | {'outdated'} | {'unknown', run id}
-- Invariant: a repeat changes nothing, and nothing is held after the instant: whoever has looked by then knows.
if not known then return unknown() end
local id, user = ARGV[2], ARGV[3]
read(holds, {id, user})
local present = record(id)
if present then return present.status == 'active' and {'held', now, present.held_until} or {'ended'} end
if now > tonumber(ARGV[6]) then return {'late'} end
if revision > tonumber(ARGV[4]) or screen ~= tonumber(ARGV[10]) then return {'outdated'} end
if closed then return {'closed'} end
read_seats(ARGV[9])
for seat, at in seats_of(ARGV[9]) do
  if letter(at) ~= 'a' and not is_reserve(get(seats, seat)) then return {'taken'} end
end
local rec = {user = user, seats = ARGV[9], held_until = now + ARGV[5], status = 'active', live = true, refreshes = 0,
  trace = ARGV[8], screen = screen, offered = true}
return make_hold(id, rec, ARGV[7])
