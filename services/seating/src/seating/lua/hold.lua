-- Hold all seats or none, for a user and a time.
-- ARGV: 2 hold 3 user 4 snapshot revision of the quote 5 milliseconds 6 maximum of a user's live holds 7 quote 8 traceparent
--       9 seats "C7:27 C8:28" 10 the other seats of pairs of which one is asked for "C9:29"
--       11, 12 where single seats are forbidden: seats that may be left alone, each with its company "C6:26:25 C10:30:31,32", and the layout
--       13 the screen that the places are of 14 '1' for those whom the seats that are withheld are for
--       15, 16 of a guest without an account what stands for its address, and the maximum of live holds of such; '' counts none
--       17 other ids of the user, whose live holds count to the user's: "usr_1 usr_2"
-- Returns: {'held', now, until} | {'ended'} | {'taken', seat…} | {'limit'} | {'closed'} | {'outdated'} | {'sold_together', missing seat…} |
--          {'leaves_single_seat', {seat left alone…}, {place of a seat suggested…}} | {'unknown', run id}
-- Invariant: a repeat of the same hold id changes nothing, and one whose hold has ended is told so; a seat that is not free is never given.
if not known then return unknown() end
local id, user = ARGV[2], ARGV[3]
read(holds, {id, user})
local present = record(id)
if present then return present.status == 'active' and {'held', now, present.held_until} or {'ended'} end
if revision > tonumber(ARGV[4]) or screen > tonumber(ARGV[13]) then return {'outdated'} end
if screen < tonumber(ARGV[13]) then return unknown() end
if closed then return {'closed'} end

map = map_now()
if ARGV[14] == '1' then map = string.gsub(map, 'w', 'a') end
local taken = {}
for seat, at in seats_of(ARGV[9]) do
  if not free(at) then taken[#taken + 1] = seat end
end
if #taken > 0 then return {'taken', unpack(taken)} end

local others = holds_of(user)
for guest in string.gmatch(ARGV[17], '%S+') do others = others .. ' ' .. holds_of(guest) end
local _, live = string.gsub(others, '%S+', '')
if live >= tonumber(ARGV[6]) and live - offered(others) >= tonumber(ARGV[6]) then return {'limit'} end
local address = ARGV[15] ~= '' and ARGV[15] or nil
if address then
  local _, of_address = string.gsub(holds_of(address), '%S+', '')
  if of_address >= tonumber(ARGV[16]) then return {'limit'} end
end

local missing = free_seats(ARGV[10])
if #missing > 0 then return {'sold_together', unpack(missing)} end
local alone = left_alone(ARGV[11])
if #alone > 0 then
  local choice = nearest_choice(cjson.decode(ARGV[12]), ARGV[9])
  if choice then return {'leaves_single_seat', alone, choice} end
end

local rec = {user = user, seats = ARGV[9], held_until = now + ARGV[5], status = 'active', live = true, refreshes = 0,
  address = address, trace = ARGV[8], screen = screen}
return make_hold(id, rec, ARGV[7])
