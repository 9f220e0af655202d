-- Set seats to what one version of the ledger says. Redis is never told a change but a state.
-- ARGV: 2 JSON {rev, revision, starts_at, closed, screen, withheld: "C1:20:1732900000000" by the snapshot withheld_revision, seats: [[seat, place, booking it is sold to, hold that has it in checkout, blocked]],
--       checkouts: {hold: {user, seats, until, quote, refreshes, moves}}, ended: {hold: status}, full: all seats are named,
--       waits: somebody waits for seats, after_restart: the server may have come back with old data}
--       3 '' or, to load a showtime that is not known, the run id of the server that said so 4 the empty map, where all is told 5 when to drop it
-- Returns: {'told', version, hold in checkout that its owner let go…} | {'unknown', run id}
-- Invariant: a rev no newer than the one known for a seat is ignored; what the ledger says beats a hold, which ends as a whole.
local states = cjson.decode(ARGV[2])
if known and ARGV[3] ~= '' and states.screen <= screen then return {'told', version} end -- a load leaves a known showtime alone
if known and states.screen < screen then return {'told', version} end -- whoever changed the screen told all of a newer ledger
local replans = known and states.screen > screen
if replans and ARGV[4] == '' then return unknown() end -- a new screen begins with all of its seats
local loads = not known or replans
if not known then
  local answer = unknown()
  if ARGV[3] ~= answer[2] then return answer end
  version, next_at, letters, screen = now, math.huge, ARGV[4], states.screen
  set(meta, 'version', whole(version))
  set(meta, 'rev', states.rev)
  set(meta, 'screen', screen)
  redis.call('SET', MAP, letters)
end

-- Another screen: browsers' holds end, those in checkout come back below, at their new places.
if replans then
  for _, id in ipairs(redis.call('ZRANGE', ENDS, 0, -1)) do
    local rec = record(id)
    if rec and is_reserve(id) then
      end_reserve(id, rec)
    elseif rec and rec.live and not states.checkouts[id] then
      end_hold(id, rec, 'released')
    end
  end
  if generation then came_for_waitlist() end
  reserved = {}
  redis.call('DEL', SEATS)
  redis.call('SET', MAP, ARGV[4])
  seats, new_letters, letters, dirty, screen = hash(SEATS), {}, ARGV[4], true, states.screen
  is_another_map = true
  set(meta, 'screen', screen)
  set(meta, 'rev', states.rev)
end
-- An old server's version may have gone back; for those who watch it never does, nor in what is emitted from here on.
-- What it takes for said may be older than what was said.
if states.after_restart and now > version then
  version = now - 1
  dirty = true
  set(meta, 'said_version', '')
  set(meta, 'said', '')
end

-- Starts and closings follow from the snapshot, which only a higher revision changes.
if loads or states.revision > revision then
  set(meta, 'revision', states.revision)
  set(meta, 'starts_at', states.starts_at)
  if not loads and get(meta, 'closed') ~= states.closed then dirty, is_another_map = true, true end -- also once it has begun
  set(meta, 'closed', states.closed)
  redis.call('ZADD', LOADED, ARGV[5], showtime)
  ends_at(states.starts_at)
  notice_closing()
end

-- Which seats are withheld follows from the newest snapshot alone, whichever replica tells it.
local function withhold()
  local before = {}
  for seat, at in withheld_seats() do before[seat] = at end
  set(meta, 'withheld', states.withheld ~= '' and states.withheld)
  set(meta, 'withheld_revision', states.withheld_revision)
  withheld_until = nil
  ends_at(release_withheld())
  for seat, at in withheld_seats() do
    before[seat] = nil
    if letter(at) == 'a' then mark(seat, at, 'w') end
  end
  for seat, at in pairs(loads and {} or before) do
    if letter(at) == 'w' then come_free(seat, at) end
  end
end
if loads or states.withheld_revision > tonumber(get(meta, 'withheld_revision') or 0) then withhold() end

local function hold_of(booking)
  return 'hld_' .. string.sub(booking, 5) .. string.sub(showtime, 5)
end

-- A hold in checkout lives as long as the ledger says, unless its owner let it go: the ledger will hear of that.
local function was_let_go(id)
  local rec = record(id)
  return rec and rec.status == 'released'
end

local function revive(id)
  local checkout, rec = states.checkouts[id], record(id)
  if rec and rec.status == 'active' and rec.live and rec.in_checkout and rec.held_until >= checkout['until'] then return end
  if not rec then
    rec = {user = checkout.user, seats = checkout.seats, held_until = 0, refreshes = checkout.refreshes, trace = '',
      moves = checkout.moves, screen = screen}
    set(holds, id .. ':quote', checkout.quote)
  end
  rec.status, rec.live, rec.in_checkout = 'active', true, true
  rec.held_until = math.max(rec.held_until, checkout['until'])
  save(id, rec)
  add_to_user(rec.user, id)
end

-- A live hold in checkout whose booking the theater has moved: the seats that it leaves are free, or as they are told below.
local function reseat(id, checkout)
  local rec = record(id)
  if not rec or checkout.moves <= (rec.moves or 0) then return end
  read_seats(rec.seats)
  for seat, at in seats_of(replans and '' or rec.seats) do
    if get(seats, seat) == id then
      set(seats, seat, false)
      if not sold_to(seat) then come_free(seat, at) end
    end
  end
  rec.seats, rec.moves, rec.screen = checkout.seats, checkout.moves, screen
  save(id, rec)
end

-- `buyer` is the hold that has the seat in checkout, or ''.
local function tell(seat, at, booking, buyer, blocked)
  if blocked ~= (unowned(seat) == 'b') then set(seats, seat .. ':blocked', blocked and '1') end
  local in_checkout = buyer ~= '' and states.checkouts[buyer] and states.checkouts[buyer]['until'] > now and not was_let_go(buyer)
  local owner = booking ~= '' and hold_of(booking) or (in_checkout and buyer) or nil
  local holder = get(seats, seat)
  if is_reserve(holder) and (owner or blocked) then
    set(seats, seat, false)
    holder = false
  end
  if holder and owner and holder ~= owner then
    end_hold(holder, record(holder), 'released')
    holder = false
  end
  if booking ~= '' then
    mark(seat, at, 's')
    if holder then end_hold(holder, record(holder), 'sold') end
  elseif in_checkout then
    revive(buyer)
    if holder ~= buyer then set(seats, seat, buyer) end
    mark(seat, at, 'h')
  elseif blocked then
    if holder then end_hold(holder, record(holder), 'released') end
    mark(seat, at, 'b')
  elseif holder then
    mark(seat, at, 'h')
  elseif letter(at) ~= 'h' then
    if loads or letter(at) == 'a' then mark(seat, at, unowned(seat)) else come_free(seat, at) end
  end
end

local function is_newer(seat)
  local told = get(seats, seat .. ':told')
  return loads or states.rev > tonumber(told and string.match(told, '^%d+') or get(meta, 'rev'))
end

local function read_all()
  local fields = {}
  for _, state in ipairs(states.seats) do
    fields[#fields + 1] = state[1]
    fields[#fields + 1] = state[1] .. ':told'
    fields[#fields + 1] = state[1] .. ':blocked'
  end
  read(seats, fields)
end

-- Of a seat that is not sold nothing is written down where the whole showtime is told: its rev is that of all.
local function write_down(seat, booking)
  if booking ~= '' or not states.full or states.rev < tonumber(get(meta, 'rev')) then
    set(seats, seat .. ':told', whole(states.rev) .. ' ' .. booking)
  elseif get(seats, seat .. ':told') then
    set(seats, seat .. ':told', false)
  end
end

-- First all is written down, then acted on: a hold that ends as a whole must know which of its seats are sold.
read_all()
local news = {}
for _, state in ipairs(states.seats) do
  if is_newer(state[1]) then
    write_down(state[1], state[3])
    news[#news + 1] = state
  end
end
for id, checkout in pairs(states.checkouts) do reseat(id, checkout) end
for _, state in ipairs(news) do tell(unpack(state)) end
if states.full and states.rev > tonumber(get(meta, 'rev')) then set(meta, 'rev', states.rev) end

for id, status in pairs(states.ended) do
  local rec = record(id)
  if rec and (rec.live or rec.status ~= status or not rec.rev) then
    local newest = states.rev >= (rec.rev or 0)
    rec.rev = newest and states.rev or rec.rev
    end_hold(id, rec, newest and status or rec.status)
  end
end
local let_go = {}
for id in pairs(states.checkouts) do
  if was_let_go(id) then let_go[#let_go + 1] = id end
end
if states.waits and not generation then came_for_waitlist() end
if dirty then raise_version() end
return {'told', version, unpack(let_go)}
