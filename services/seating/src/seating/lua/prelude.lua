-- Stands before every script of a showtime: reads the clock, ends what has expired, and has the functions that the scripts share.
-- A script reads what it needs of a hash once; what it changes is written by `finish.lua`, which stands behind it.
-- KEYS: 1 meta 2 map 3 seats 4 holds 5 ends of the showtime; 6 events 7 due 8 changed 9 loaded 10 waitlists of its shard
-- ARGV: 1 the showtime. An unknown showtime is answered {'unknown', run id of this server}.
-- Invariant: a seat's byte in the map is 's' when the ledger told so, else 'h' while a hold or claim has the seat, else 'a', 'b', or 'w' for one
--            that is withheld: for those who need it alone, until its instant.
--            `closed` is cancelled or begun, when nothing is available whatever the map says; either change of it raises the version.
--            `next_at` is no later than what ends next by the clock alone; `due` has the same instant.
local META, MAP, SEATS, HOLDS, ENDS, EVENTS, DUE, CHANGED, LOADED, WAITLISTS = unpack(KEYS)
local ENDED_HOLDS_MS = 3600000 -- so long the record of a hold can be read after its end
local RESERVED_MS = 10000 -- so long a seat that comes free is reserved for the waiting list
local AT_ONCE = 1000 -- fields in one call: Lua's stack is finite
local showtime = ARGV[1]
local emitted, listed, scheduled = 0, 0, 0 -- 1, 2 and 4 once the script did this to the stream or the lists of its shard
local hurried = 0 -- 8 once it emitted what somebody is watching
local came = 0 -- 16 once something came for the waiting list
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
read(meta, {'version', 'rev', 'revision', 'starts_at', 'closed', 'seen_closed', 'next_at', 'listed', 'screen', 'withheld',
  'watched_until', 'waitlist'})
local known = meta.values.version ~= false
local version, revision = tonumber(meta.values.version or 0), tonumber(meta.values.revision or 0)
local since = version -- as it was before the script
local watched = tonumber(meta.values.watched_until or 0) > now -- each change of the map is emitted while somebody watches it
local changed_letters = {} -- by seat, while it is watched
local is_another_map = false -- more has changed than letters say: closed, or another screen
local screen = tonumber(meta.values.screen or 0) -- counts the show's screens: places in the map are of this one
local generation = tonumber(meta.values.waitlist or '') -- counts what came for the waiting list; nil while nobody waits
local next_at = meta.values.next_at == '' and math.huge or tonumber(meta.values.next_at or 0)

local function unknown()
  return {'unknown', string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')}
end

-- A hold by its id: {user, seats, screen, status, held_until, refreshes, trace, ends, and where they apply live, claimed_until,
-- in_checkout, rev, moves, address}: `moves` is how often the theater has moved its booking.
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
    fields[#fields + 1] = seat .. ':blocked'
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

local function mark(seat, at, value)
  at = tonumber(at)
  if letter(at) ~= value then
    new_letters[at] = value
    if watched then changed_letters[seat] = value end
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

-- Something came for the waiting list, or somebody joined it: a worker is to look at it.
local function came_for_waitlist()
  if came > 0 then return end
  generation, came = (generation or now) + 1, 16
  set(meta, 'waitlist', whole(generation))
  redis.call('ZADD', WAITLISTS, now, showtime)
end

local closed = false
local function notice_closing()
  closed = get(meta, 'closed') ~= '' or now >= tonumber(get(meta, 'starts_at'))
  if closed ~= (get(meta, 'seen_closed') == '1') then
    set(meta, 'seen_closed', closed and '1' or '')
    dirty, is_another_map = true, true
    if generation then came_for_waitlist() end
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

-- The map's change from the version before the script to the one after it: "C7:h C8:h", or that it is another one. What is
-- withheld shows as blocked, and so does what is not sold once the show is closed.
local function emit_map()
  emitted, hurried = 1, 8
  local changes = {}
  for seat, value in pairs(changed_letters) do
    local shown = (value == 'w' or closed and value ~= 's') and 'b' or value
    changes[#changes + 1] = seat .. ':' .. shown
  end
  redis.call('XADD', EVENTS, '*', 'what', 'map', 'showtime', showtime, 'since', whole(since), 'version', whole(version),
    'changes', table.concat(changes, ' '), 'whole', is_another_map and '1' or '', 'at', whole(now))
end

-- The live holds of a user, or of guests of one address: "hld_1 hld_2".
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

-- Each seat that is withheld, with its place and until when: "C1:20:1732900000000 C2:21:1732900000000".
local function withheld_seats()
  return string.gmatch(get(meta, 'withheld') or '', '([^:%s]+):(%d+):(%d+)')
end

local withheld_until -- by seat, once somebody has asked
local function is_withheld(seat)
  if not withheld_until then
    withheld_until = {}
    for each, _, ends in withheld_seats() do withheld_until[each] = tonumber(ends) end
  end
  return (withheld_until[seat] or 0) > now
end

-- What the map shows of a seat that nobody has.
local function unowned(seat)
  if get(seats, seat .. ':blocked') then return 'b' end
  return is_withheld(seat) and 'w' or 'a'
end

-- What came free in one call is reserved for the waiting list by a record of its own, 'reserve:<generation>'.
local reserved = {} -- by this script: {seat, place}
local function is_reserve(id)
  return id and string.sub(id, 1, 8) == 'reserve:'
end

-- Nobody has the seat any more: it is for everybody, or while somebody waits for the list first.
local function come_free(seat, at)
  local shown = unowned(seat)
  if shown == 'a' and generation then
    came_for_waitlist()
    set(seats, seat, 'reserve:' .. whole(generation))
    reserved[#reserved + 1] = {seat, at}
    shown = 'h'
  end
  mark(seat, at, shown)
end

local function save_reserve()
  local id, of_seats = 'reserve:' .. whole(generation), {}
  for _, each in ipairs(reserved) do
    if get(seats, each[1]) == id then of_seats[#of_seats + 1] = each[1] .. ':' .. each[2] end
  end
  save(id, {user = 'reserve', seats = table.concat(of_seats, ' '), held_until = now + RESERVED_MS, status = 'active', live = true, screen = screen})
  add_to_user('reserve', id)
end

-- Those of its seats that nobody on the list got are for everybody.
local function end_reserve(id, rec)
  read_seats(rec.seats)
  for seat, at in seats_of(rec.seats) do
    if get(seats, seat) == id then
      set(seats, seat, false)
      mark(seat, at, sold_to(seat) and 's' or unowned(seat))
    end
  end
  remove_from_user('reserve', id)
  set(holds, id, false)
  redis.call('ZREM', ENDS, id)
end

-- Seats whose instant has come are for everybody. Returns when the next ones are.
local function release_withheld()
  local text, rest, next_release = get(meta, 'withheld'), {}, math.huge
  for seat, at, ends in withheld_seats() do
    if tonumber(ends) > now then
      rest[#rest + 1] = seat .. ':' .. at .. ':' .. ends
      next_release = math.min(next_release, tonumber(ends))
    elseif letter(at) == 'w' then
      come_free(seat, at)
    end
  end
  rest = #rest > 0 and table.concat(rest, ' ')
  if rest ~= text then set(meta, 'withheld', rest) end
  return next_release
end

-- Ends a hold and its claim as a whole; each of its seats is free then, unless the ledger told that it is sold.
local function end_hold(id, rec, status)
  read_seats(rec.seats)
  local freed = {}
  for seat, at in seats_of(rec.seats) do
    if get(seats, seat) == id then
      set(seats, seat, false)
      if sold_to(seat) then
        mark(seat, at, 's')
      else
        come_free(seat, at)
        freed[#freed + 1] = seat
      end
    end
  end
  remove_from_user(rec.user, id)
  if rec.address then remove_from_user(rec.address, id) end
  if rec.status == 'active' or status ~= 'expired' then rec.status = status end
  rec.live, rec.claimed_until = nil, nil
  save(id, rec)
  if #freed > 0 then
    raise_version()
    emit('released', id, rec, freed, status == 'expired' and 'expired' or 'released')
  end
end

if known then
  local is_due, next_release = now >= next_at, math.huge
  if is_due then
    next_release = release_withheld()
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', ENDS, '-inf', now)) do
      local rec = record(id)
      if rec and is_reserve(id) then
        end_reserve(id, rec)
      elseif rec and rec.live then
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
    local starts_at = closed and math.huge or tonumber(get(meta, 'starts_at'))
    schedule(math.min(tonumber(first[2]) or math.huge, starts_at, next_release))
  end
  if dirty then raise_version() end
end
