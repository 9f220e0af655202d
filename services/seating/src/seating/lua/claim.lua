-- Claim the seats of a booking whose money has come, before the ledger is touched.
-- ARGV: 2 hold 3 user 4 booking 5 milliseconds 6 seats "C7:27 C8:28" 7 quote 8 traceparent
-- Returns: {'claimed', now} | {'taken', now} | {'unknown', run id}
-- Invariant: seats are its own or free; another's live hold, claim or sold seat refuses it.
if not known then return unknown() end
local id = ARGV[2]
for seat in seats_of(ARGV[6]) do
  local holder, owner = redis.call('HGET', SEATS, seat), sold_to(seat)
  if (holder and holder ~= id) or (owner and owner ~= ARGV[4]) then return {'taken', now} end
end
local rec = record(id)
if not rec then
  rec = {user = ARGV[3], seats = ARGV[6], held_until = now, status = 'expired', refreshes = 0, trace = ARGV[8]}
  redis.call('HSET', HOLDS, id .. ':quote', ARGV[7])
end
local added = false
for seat, at in seats_of(ARGV[6]) do
  if not sold_to(seat) and redis.call('HSET', SEATS, seat, id) == 1 then
    redis.call('SETRANGE', MAP, at, 'h')
    added = true
  end
end
rec.claimed_until, rec.live = now + ARGV[5], true
save(id, rec)
schedule()
if added then raise_version() end
return {'claimed', now}
