-- Claim the seats of a booking whose money has come, before the ledger is touched.
-- ARGV: 2 hold 3 user 4 booking 5 milliseconds 6 seats "C7:27 C8:28" 7 quote 8 traceparent 9 the screen that the places are of
-- Returns: {'claimed', now} | {'taken', now} | {'unknown', run id}
-- Invariant: seats are its own or free, reserved ones too: money that has come is before the waiting list; another's live hold, claim or sold seat refuses it, and so does a blocked one.
if not known or screen ~= tonumber(ARGV[9]) then return unknown() end
local id = ARGV[2]
read_seats(ARGV[6])
for seat in seats_of(ARGV[6]) do
  local holder, owner = get(seats, seat), sold_to(seat)
  if is_reserve(holder) then holder = false end
  if (holder and holder ~= id) or (owner and owner ~= ARGV[4]) then return {'taken', now} end
  if not holder and unowned(seat) == 'b' then return {'taken', now} end
end
local rec = record(id)
if not rec then
  rec = {user = ARGV[3], seats = ARGV[6], held_until = now, status = 'expired', refreshes = 0, trace = ARGV[8], screen = screen}
  set(holds, id .. ':quote', ARGV[7])
end
for seat, at in seats_of(ARGV[6]) do
  if not sold_to(seat) and get(seats, seat) ~= id then
    set(seats, seat, id)
    mark(seat, at, 'h')
  end
end
rec.claimed_until, rec.live = now + ARGV[5], true
save(id, rec)
return {'claimed', now}
