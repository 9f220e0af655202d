-- Stands before every script of a showtime: reads the clock, ends what has expired, and has the functions that the scripts share.
-- A script reads what it needs of a hash once; what it changes is written by `finish.lua`, which stands behind it.
-- KEYS: 1 meta 2 map 3 seats 4 holds 5 ends of the showtime; 6 events 7 due 8 changed 9 loaded of its shard
-- ARGV: 1 the showtime. An unknown showtime is answered {'unknown', run id of this server}.
-- Invariant: a seat's byte in the map is 's' when the ledger told so, else 'h' while a hold or claim has the seat, else 'a' or 'b'.
--            `closed` is cancelled or begun, when nothing is available whatever the map says; either change of it raises the version.
--            `next_at` is no later than what ends next by the clock alone; `due` has the same instant.
local META, MAP, SEATS, HOLDS, ENDS, EVENTS, DUE, CHANGED, LOADED = unpack(KEYS)
local ENDED_HOLDS_MS = 3600000 -- so long the record of a hold can be read after its end
local AT_ONCE = 1000 -- fields in one call: Lua's stack is finite
local showtime = ARGV[1]
local emitted, listed, scheduled = 0, 0, 0 -- 1, 2 and 4 once the script did this to the stream or the lists of its shard
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function whole(number)
  return string.format('%.0f', number)
end

-- A hash whose fields are read once and written once. `values` are as they are now, `changes` are not written yet; false stands for no field.
local function hash(key)
  return {key = key, values = {}, changes = {}}
end

local function read(of, fields)
  local unread, values = {}, of.values
  for at = 1, #fields do
    if values[fields[at]] == nil then unread[#unread + 1] = fields[at] end
  end
  for first = 1, #unread, AT_ONCE do
    local answer = redis.call('HMGET', of.key, unpack(unread, first, math.min(first + AT_ONCE - 1, #unread)))
    for at = 1, #answer do values[unread[first + at - 1]] = answer[at] end
  end
end

local function get(of, field)
  if of.values[field] == nil then of.values[field] = redis.call('HGET', of.key, field) end
  return of.values[field]
end

local function set(of, field, value)
  of.values[field], of.changes[field] = value, value
end

local function write(of)
  if not next(of.changes) then return end
  local set_fields, deleted = {}, {}
  for field, value in pairs(of.changes) do
    if value then
      set_fields[#set_fields + 1] = field
      set_fields[#set_fields + 1] = value
    else
      deleted[#deleted + 1] = field
    end
  end
  for first = 1, #set_fields, AT_ONCE do
    redis.call('HSET', of.key, unpack(set_fields, first, math.min(first + AT_ONCE - 1, #set_fields)))
  end
  for first = 1, #deleted, AT_ONCE do
    redis.call('HDEL', of.key, unpack(deleted, first, math.min(first + AT_ONCE - 1, #deleted)))
  end
end

local meta, seats, holds = hash(META), hash(SEATS), hash(HOLDS)
read(meta, {'version', 'rev', 'revision', 'starts_at', 'closed', 'seen_closed', 'next_at', 'listed'})
local known = meta.values.version ~= false
local version, revision = tonumber(meta.values.version or 0), tonumber(meta.values.revision or 0)
local next_at = meta.values.next_at == '' and math.huge or tonumber(meta.values.next_at or 0)

local function unknown()
  return {'unknown', string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')}
end

-- A hold by its id: {user, seats, status, held_until, refreshes, trace, ends, and where they apply live, claimed_until, in_checkout, rev}.
local function record(id)
  local text = get(holds, id)
  return text and cjson.decode(text) or nil
end

-- Each seat of "C7:27 C8:28" with its place in the map.
local function seats_of(text)
  return string.gmatch(text, '([^:%s]+):(%d+)')
end

-- Reads who holds these seats "C7:27 C8:28" and what was told of them, in one call.
local function read_seats(text)
  local fields = {}
  for seat in seats_of(text) do
    fields[#fields + 1] = seat
    fields[#fields + 1] = seat .. ':told'
  end
  read(seats, fields)
end

-- The booking that the ledger told to own the seat.
local function sold_to(seat)
  local told = get(seats, seat .. ':told')
  return told and string.match(told, '^%d+ (.+)$') or nil
end

local letters -- the map, once somebody has asked for a letter
local new_letters = {} -- by place, not written yet
local dirty = false -- a letter of the map, or `closed`, has changed since the version was last raised

local function write_letters()
  local only = next(new_letters)
  if not only then return end
  if not next(new_letters, only) then
    redis.call('SETRANGE', MAP, only, new_letters[only])
    new_letters, letters = {}, nil
    return
  end
  local places = {}
  for at in pairs(new_letters) do places[#places + 1] = at end
  table.sort(places)
  local first = 1
  for at = 1, #places do
    if places[at + 1] ~= places[at] + 1 then
      local run = {}
      for each = first, at do run[#run + 1] = new_letters[places[each]] end
      redis.call('SETRANGE', MAP, places[first], table.concat(run))
      first = at + 1
    end
  end
  new_letters, letters = {}, nil
end

-- The whole map as it is now.
local function map_now()
  write_letters()
  letters = letters or redis.call('GET', MAP)
  return letters
end

local function letter(at)
  letters = letters or redis.call('GET', MAP)
  return new_letters[at] or string.sub(letters, at + 1, at + 1)
end

local function mark(at, value)
  at = tonumber(at)
  if letter(at) ~= value then
    new_letters[at] = value
    dirty = true
  end
end

local function raise_version()
  dirty = false
  version = version + 1
  set(meta, 'version', whole(version))
  if get(meta, 'listed') ~= '1' then
    set(meta, 'listed', '1')
    redis.call('ZADD', CHANGED, now, showtime)
    listed = 2
  end
end

local closed = false
local function notice_closing()
  closed = get(meta, 'closed') ~= '' or now >= tonumber(get(meta, 'starts_at'))
  if closed ~= (get(meta, 'seen_closed') == '1') then
    set(meta, 'seen_closed', closed and '1' or '')
    dirty = true
  end
end

local function schedule(at)
  next_at = at
  scheduled = 4
  if at < math.huge then
    set(meta, 'next_at', whole(at))
    redis.call('ZADD', DUE, whole(at), showtime)
  else
    set(meta, 'next_at', '')
    redis.call('ZREM', DUE, showtime)
  end
end

-- Something ends then by the clock alone: a hold, a claim, the time of a record; or the show begins.
local function ends_at(at)
  if at < next_at then schedule(at) end
end

-- A live record ends at the later of its hold and its claim; one that has ended is forgotten an hour later.
local function save(id, rec)
  local at = now + ENDED_HOLDS_MS
  if rec.live then
    at = math.max(rec.status == 'active' and rec.held_until or 0, rec.claimed_until or 0)
  end
  if rec.ends ~= at then
    rec.ends = at
    redis.call('ZADD', ENDS, whole(at), id)
    ends_at(at)
  end
  set(holds, id, cjson.encode(rec))
end

local function emit(what, id, rec, of_seats, reason)
  emitted = 1
  redis.call('XADD', EVENTS, '*', 'what', what, 'showtime', showtime, 'hold', id, 'user', rec.user, 'reason', reason,
    'seats', table.concat(of_seats, ' '), 'until', whole(rec.held_until or 0), 'version', whole(version), 'at', whole(now),
    'trace', rec.trace or '')
end

-- The live holds of a user: "hld_1 hld_2".
local function holds_of(user)
  return get(holds, user) or ''
end

local function add_to_user(user, id)
  local ids = holds_of(user)
  if not string.find(ids, id, 1, true) then
    set(holds, user, ids == '' and id or ids .. ' ' .. id)
  end
end

local function remove_from_user(user, id)
  local others = {}
  for other in string.gmatch(holds_of(user), '%S+') do
    if other ~= id then others[#others + 1] = other end
  end
  set(holds, user, #others > 0 and table.concat(others, ' '))
end

-- Ends a hold and its claim as a whole; each of its seats is free then, unless the ledger told that it is sold.
local function end_hold(id, rec, status)
  read_seats(rec.seats)
  local freed = {}
  for seat, at in seats_of(rec.seats) do
    if get(seats, seat) == id then
      set(seats, seat, false)
      if sold_to(seat) then
        mark(at, 's')
      else
        mark(at, 'a')
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
  local is_due = now >= next_at
  if is_due then
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', ENDS, '-inf', now)) do
      local rec = record(id)
      if rec and rec.live then
        end_hold(id, rec, 'expired')
      else
        redis.call('ZREM', ENDS, id)
        set(holds, id, false)
        set(holds, id .. ':quote', false)
      end
    end
  end
  notice_closing()
  if is_due then
    local first = redis.call('ZRANGE', ENDS, 0, 0, 'WITHSCORES')
    schedule(math.min(tonumber(first[2]) or math.huge, closed and math.huge or tonumber(get(meta, 'starts_at'))))
  end
  if dirty then raise_version() end
end
