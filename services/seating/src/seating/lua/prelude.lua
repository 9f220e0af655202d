-- Stands before every script of a showtime: reads the clock, ends what has expired, and has the functions that the scripts share.
-- KEYS: 1 meta 2 map 3 seats 4 told 5 holds 6 ends 7 users of the showtime; 8 events 9 due 10 changed 11 loaded of its shard
-- ARGV: 1 the showtime. An unknown showtime is answered {'unknown', run id of this server}.
-- Invariant: a seat's byte in the map is 's' when the ledger told so, else 'h' while a hold or claim has the seat, else 'a' or 'b'.
--            `closed` is cancelled or begun, when nothing is available whatever the map says; either change of it raises the version.
local META, MAP, SEATS, TOLD, HOLDS, ENDS, USERS, EVENTS, DUE, CHANGED, LOADED = unpack(KEYS)
local ENDED_HOLDS_MS = 3600000 -- so long the record of a hold can be read after its end
local showtime = ARGV[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local fields = redis.call('HMGET', META, 'version', 'rev', 'revision', 'starts_at', 'closed', 'seen_closed')
local known, version, revision = fields[1] ~= false, tonumber(fields[1] or 0), tonumber(fields[3] or 0)
local meta = {rev = fields[2], starts_at = fields[4], closed = fields[5], seen_closed = fields[6]}

local function unknown()
  return {'unknown', string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')}
end

-- A hold by its id: {user, seats, status, held_until, refreshes, trace, and where they apply live, claimed_until, in_checkout, rev}.
local function record(id)
  local text = redis.call('HGET', HOLDS, id)
  return text and cjson.decode(text) or nil
end

-- Each seat of "C7:27 C8:28" with its place in the map.
local function seats_of(text)
  return string.gmatch(text, '([^:%s]+):(%d+)')
end

-- The booking that the ledger told to own the seat.
local function sold_to(seat)
  local told = redis.call('HGET', TOLD, seat)
  return told and string.match(told, '^%d+ (.+)$') or nil
end

local dirty = false -- a byte of the map, or `closed`, has changed since the version was last raised
local function raise_version()
  dirty = false
  version = redis.call('HINCRBY', META, 'version', 1)
  redis.call('ZADD', CHANGED, version, showtime)
end

local closed = false
local function notice_closing()
  closed = meta.closed ~= '' or now >= tonumber(meta.starts_at)
  if closed ~= (meta.seen_closed == '1') then
    meta.seen_closed = closed and '1' or ''
    redis.call('HSET', META, 'seen_closed', meta.seen_closed)
    dirty = true
  end
end

-- Writes down what comes next by the clock alone: the end of a hold or claim, or the start of the show.
local function schedule()
  local first = redis.call('ZRANGE', ENDS, 0, 0, 'WITHSCORES')
  local at = math.min(tonumber(first[2]) or math.huge, closed and math.huge or tonumber(meta.starts_at))
  if at < math.huge then
    redis.call('ZADD', DUE, string.format('%.0f', at), showtime)
  else
    redis.call('ZREM', DUE, showtime)
  end
end

-- A live record ends at the later of its hold and its claim; one that has ended is forgotten an hour later.
local function save(id, rec)
  local at = now + ENDED_HOLDS_MS
  if rec.live then
    at = math.max(rec.status == 'active' and rec.held_until or 0, rec.claimed_until or 0)
  end
  redis.call('HSET', HOLDS, id, cjson.encode(rec))
  redis.call('ZADD', ENDS, at, id)
end

local function emit(what, id, rec, seats, reason)
  redis.call('XADD', EVENTS, '*', 'what', what, 'showtime', showtime, 'hold', id, 'user', rec.user, 'reason', reason,
    'seats', table.concat(seats, ' '), 'until', string.format('%.0f', rec.held_until or 0),
    'version', string.format('%.0f', version), 'at', string.format('%.0f', now), 'trace', rec.trace or '')
end

-- The live holds of a user: "hld_1 hld_2".
local function holds_of(user)
  return redis.call('HGET', USERS, user) or ''
end

local function add_to_user(user, id)
  local ids = holds_of(user)
  if not string.find(ids, id, 1, true) then
    redis.call('HSET', USERS, user, ids == '' and id or ids .. ' ' .. id)
  end
end

local function remove_from_user(user, id)
  local others = {}
  for other in string.gmatch(holds_of(user), '%S+') do
    if other ~= id then others[#others + 1] = other end
  end
  if #others == 0 then
    redis.call('HDEL', USERS, user)
  else
    redis.call('HSET', USERS, user, table.concat(others, ' '))
  end
end

-- Ends a hold and its claim as a whole; each of its seats is free then, unless the ledger told that it is sold.
local function end_hold(id, rec, status)
  local freed = {}
  for seat, at in seats_of(rec.seats) do
    if redis.call('HGET', SEATS, seat) == id then
      redis.call('HDEL', SEATS, seat)
      if sold_to(seat) then
        redis.call('SETRANGE', MAP, at, 's')
        dirty = true
      else
        redis.call('SETRANGE', MAP, at, 'a')
        freed[#freed + 1] = seat
      end
    end
  end
  remove_from_user(rec.user, id)
  if rec.status == 'active' or status ~= 'expired' then rec.status = status end
  rec.live, rec.claimed_until = nil, nil
  save(id, rec)
  if #freed > 0 then
    raise_version()
    emit('released', id, rec, freed, status == 'expired' and 'expired' or 'released')
  end
end

if known then
  local ended = redis.call('ZRANGEBYSCORE', ENDS, '-inf', now)
  for _, id in ipairs(ended) do
    local rec = record(id)
    if rec and rec.live then
      end_hold(id, rec, 'expired')
    else
      redis.call('ZREM', ENDS, id)
      redis.call('HDEL', HOLDS, id, id .. ':quote')
    end
  end
  local seen_closed = meta.seen_closed
  notice_closing()
  if #ended > 0 or seen_closed ~= meta.seen_closed then schedule() end
  if dirty then raise_version() end
end
