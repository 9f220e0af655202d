-- Stands before every script: reads the clock, ends what has expired, and holds the words the scripts share.
-- KEYS: 1 meta 2 map 3 seats 4 told 5 holds 6 ends 7 users of the showtime; 8 events 9 soon 10 changed 11 open of its shard
-- ARGV: 1 the showtime. An unknown showtime is answered {'unknown', run id of this server}.
-- Invariant: a seat's byte in the map is 's' when the ledger told so, else 'h' while a hold or claim keeps it, else 'a' or 'b'.
--            `closed` is cancelled or begun, when nothing is available whatever the map says; the version tells either change of it.
local META, MAP, SEATS, TOLD, HOLDS, ENDS, USERS, EVENTS, SOON, CHANGED, OPEN = unpack(KEYS)
local KEPT_MS = 3600000
local showtime = ARGV[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local facts = redis.call('HMGET', META, 'version', 'rev', 'revision', 'starts_at', 'closed', 'seen_closed')
local known, version, revision = facts[1] ~= false, tonumber(facts[1] or 0), tonumber(facts[3] or 0)

local function unknown()
  return {'unknown', string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')}
end

local function record(id)
  local text = redis.call('HGET', HOLDS, id)
  return text and cjson.decode(text) or nil
end

local function seats_of(text)
  return string.gmatch(text, '([^:%s]+):(%d+)')
end

local function sold_to(seat)
  local told = redis.call('HGET', TOLD, seat)
  return told and string.match(told, '^%d+ (.+)$') or nil
end

local moved = false -- a byte of the map is another, and the version does not tell it yet
local function changed()
  moved = false
  version = redis.call('HINCRBY', META, 'version', 1)
  redis.call('ZADD', CHANGED, version, showtime)
end

local closed = false
local function heed_closing()
  closed = facts[5] ~= '' or now >= tonumber(facts[4])
  if closed ~= (facts[6] == '1') then
    facts[6] = closed and '1' or ''
    redis.call('HSET', META, 'seen_closed', facts[6])
    moved = true
  end
end

-- What comes next by the clock alone: the end of a hold or claim, or the start of the show.
local function schedule()
  local first = redis.call('ZRANGE', ENDS, 0, 0, 'WITHSCORES')
  local at = math.min(tonumber(first[2]) or math.huge, closed and math.huge or tonumber(facts[4]))
  if at < math.huge then
    redis.call('ZADD', SOON, string.format('%.0f', at), showtime)
  else
    redis.call('ZREM', SOON, showtime)
  end
end

-- A live record ends at the later of its hold and its claim; one that is over is forgotten an hour later.
local function keep(id, rec)
  local at = now + KEPT_MS
  if rec.live then
    at = math.max(rec.status == 'active' and rec.held_until or 0, rec.claimed_until or 0)
  end
  redis.call('HSET', HOLDS, id, cjson.encode(rec))
  redis.call('ZADD', ENDS, at, id)
end

local function say(what, id, rec, seats, reason)
  redis.call('XADD', EVENTS, '*', 'what', what, 'showtime', showtime, 'hold', id, 'user', rec.user, 'reason', reason,
    'seats', table.concat(seats, ' '), 'until', string.format('%.0f', rec.held_until or 0),
    'version', string.format('%.0f', version), 'at', string.format('%.0f', now), 'trace', rec.trace or '')
end

local function users_holds(user)
  return redis.call('HGET', USERS, user) or ''
end

local function count_in(user, id)
  local ids = users_holds(user)
  if not string.find(ids, id, 1, true) then
    redis.call('HSET', USERS, user, ids == '' and id or ids .. ' ' .. id)
  end
end

local function count_out(user, id)
  local left = {}
  for other in string.gmatch(users_holds(user), '%S+') do
    if other ~= id then left[#left + 1] = other end
  end
  if #left == 0 then
    redis.call('HDEL', USERS, user)
  else
    redis.call('HSET', USERS, user, table.concat(left, ' '))
  end
end

-- Ends a hold and its claim as a whole; what it kept is free unless the ledger told that it is sold.
local function end_hold(id, rec, status)
  local freed = {}
  for seat, at in seats_of(rec.seats) do
    if redis.call('HGET', SEATS, seat) == id then
      redis.call('HDEL', SEATS, seat)
      if sold_to(seat) then
        redis.call('SETRANGE', MAP, at, 's')
        moved = true
      else
        redis.call('SETRANGE', MAP, at, 'a')
        freed[#freed + 1] = seat
      end
    end
  end
  count_out(rec.user, id)
  if rec.status == 'active' or status ~= 'expired' then rec.status = status end
  rec.live, rec.claimed_until = nil, nil
  keep(id, rec)
  if #freed > 0 then
    changed()
    say('released', id, rec, freed, status == 'expired' and 'expired' or 'released')
  end
end

if known then
  local due = redis.call('ZRANGEBYSCORE', ENDS, '-inf', now)
  for _, id in ipairs(due) do
    local rec = record(id)
    if rec and rec.live then
      end_hold(id, rec, 'expired')
    else
      redis.call('ZREM', ENDS, id)
      redis.call('HDEL', HOLDS, id, id .. ':quote')
    end
  end
  local seen_closed = facts[6]
  heed_closing()
  if #due > 0 or seen_closed ~= facts[6] then schedule() end
  if moved then changed() end
end
