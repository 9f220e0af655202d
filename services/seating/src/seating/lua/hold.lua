-- Hold all seats or none, for a user and a time.
-- ARGV: 2 hold 3 user 4 snapshot revision of the quote 5 milliseconds 6 maximum of a user's live holds 7 quote 8 traceparent
--       9 seats "C7:27 C8:28" 10 the other seats of pairs of which one is asked for "C9:29"
--       11, 12 where single seats are forbidden: seats that may be left alone, each with its company "C6:26:25 C10:30:31,32", and the layout
-- Returns: {'held', now, until} | {'ended'} | {'taken', seat…} | {'limit'} | {'closed'} | {'outdated'} | {'sold_together', missing seat…} |
--          {'leaves_single_seat', {seat left alone…}, {place of a seat suggested…}} | {'unknown', run id}
-- Invariant: a repeat of the same hold id changes nothing, and one whose hold has ended is told so; a seat that is not free is never given.
if not known then return unknown() end
local id, user = ARGV[2], ARGV[3]
read(holds, {id, user})
local present = record(id)
if present then return present.status == 'active' and {'held', now, present.held_until} or {'ended'} end
if revision > tonumber(ARGV[4]) then return {'outdated'} end
if closed then return {'closed'} end

map = map_now()
local taken = {}
for seat, at in seats_of(ARGV[9]) do
  if not free(at) then taken[#taken + 1] = seat end
end
if #taken > 0 then return {'taken', unpack(taken)} end

local others = holds_of(user)
local _, live = string.gsub(others, '%S+', '')
if live >= tonumber(ARGV[6]) then return {'limit'} end

local missing = free_seats(ARGV[10])
if #missing > 0 then return {'sold_together', unpack(missing)} end
local alone = left_alone(ARGV[11])
if #alone > 0 then
  local choice = nearest_choice(cjson.decode(ARGV[12]), ARGV[9])
  if choice then return {'leaves_single_seat', alone, choice} end
end

local rec = {user = user, seats = ARGV[9], held_until = now + ARGV[5], status = 'active', live = true, refreshes = 0,
  trace = ARGV[8]}
local given = {}
for seat, at in seats_of(ARGV[9]) do
  mark(at, 'h')
  set(seats, seat, id)
  given[#given + 1] = seat
end
save(id, rec)
set(holds, id .. ':quote', ARGV[7])
add_to_user(user, id)
raise_version()
emit('held', id, rec, given, '')
return {'held', now, rec.held_until}
