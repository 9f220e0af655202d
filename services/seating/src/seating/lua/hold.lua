-- Hold all seats or none, for a user and a time.
-- ARGV: 2 hold 3 user 4 snapshot revision of the quote 5 milliseconds 6 most live holds of a user 7 quote 8 traceparent
--       9 seats "C7:27 C8:28" 10 where single seats are forbidden, the runs of seats touched: "20-29 30-39"
-- Returns: {'held', now, until} | {'over'} | {'taken', seat…} | {'limit'} | {'closed'} | {'stale'} | {'single'} | {'unknown', run}
-- Invariant: a repeat of the same hold id changes nothing, and one whose hold has ended is told so; a seat that is not free is never given.
if not known then return unknown() end
local id, user = ARGV[2], ARGV[3]
local present = record(id)
if present then return present.status == 'active' and {'held', now, present.held_until} or {'over'} end
if revision > tonumber(ARGV[4]) then return {'stale'} end
if facts[5] ~= '' or now >= tonumber(facts[4]) then return {'closed'} end

local taken = {}
for seat, at in seats_of(ARGV[9]) do
  if redis.call('GETRANGE', MAP, at, at) ~= 'a' then taken[#taken + 1] = seat end
end
if #taken > 0 then return {'taken', unpack(taken)} end

local others = users_holds(user)
local _, live = string.gsub(others, '%S+', '')
if live >= tonumber(ARGV[6]) then return {'limit'} end

local mine = {}
for _, at in seats_of(ARGV[9]) do mine[tonumber(at)] = true end
for from, to in string.gmatch(ARGV[10], '(%d+)-(%d+)') do
  local before, first = redis.call('GETRANGE', MAP, from, to), tonumber(from)
  local function free(at, without)
    if at < first or at > tonumber(to) or (without and mine[at]) then return false end
    return string.sub(before, at - first + 1, at - first + 1) == 'a'
  end
  for at = first, tonumber(to) do
    local alone = free(at, true) and not free(at - 1, true) and not free(at + 1, true)
    if alone and (free(at - 1) or free(at + 1)) then return {'single'} end
  end
end

local rec = {user = user, seats = ARGV[9], held_until = now + ARGV[5], status = 'active', live = true, refreshes = 0,
  trace = ARGV[8]}
local seats, put = {}, {}
for seat, at in seats_of(ARGV[9]) do
  redis.call('SETRANGE', MAP, at, 'h')
  seats[#seats + 1] = seat
  put[#put + 1] = seat
  put[#put + 1] = id
end
redis.call('HSET', SEATS, unpack(put))
redis.call('HSET', HOLDS, id .. ':quote', ARGV[7], id, cjson.encode(rec))
redis.call('ZADD', ENDS, rec.held_until, id)
redis.call('HSET', USERS, user, live == 0 and id or others .. ' ' .. id)
redis.call('ZADD', SOON, 'LT', rec.held_until, showtime)
changed()
say('held', id, rec, seats, '')
return {'held', now, rec.held_until}
