-- Set seats to what one version of the ledger says. Redis is never told a change but a state.
-- ARGV: 2 JSON {rev, revision, starts_at, closed, seats: [[seat, place, booking it is sold to, hold that has it in checkout]],
--       checkouts: {hold: {user, seats, until, quote, refreshes}}, ended: {hold: status}, full: all seats are named,
--       after_restart: the server may have come back with old data}
--       3 '' or, to load a showtime that is not known, the run id of the server that said so 4 the map of a load 5 when to drop it
-- Returns: {'told', version, hold in checkout that its owner let go…} | {'unknown', run id}
-- Invariant: a rev no newer than the one known for a seat is ignored; what the ledger says beats a hold, which ends as a whole.
if known and ARGV[3] ~= '' then return {'told', version} end -- a load leaves a known showtime alone
local states = cjson.decode(ARGV[2])
local loads = not known
if loads then
  local answer = unknown()
  if ARGV[3] ~= answer[2] then return answer end
  version, next_at, letters = now, math.huge, ARGV[4]
  set(meta, 'version', whole(version))
  set(meta, 'rev', states.rev)
  redis.call('SET', MAP, letters)
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
  set(meta, 'closed', states.closed)
  redis.call('ZADD', LOADED, ARGV[5], showtime)
  ends_at(states.starts_at)
  notice_closing()
end

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
    rec = {user = checkout.user, seats = checkout.seats, held_until = 0, refreshes = checkout.refreshes, trace = ''}
    set(holds, id .. ':quote', checkout.quote)
  end
  rec.status, rec.live, rec.in_checkout = 'active', true, true
  rec.held_until = math.max(rec.held_until, checkout['until'])
  save(id, rec)
  add_to_user(rec.user, id)
end

-- `buyer` is the hold that has the seat in checkout, or ''.
local function tell(seat, at, booking, buyer)
  local in_checkout = buyer ~= '' and states.checkouts[buyer] and states.checkouts[buyer]['until'] > now and not was_let_go(buyer)
  local owner = booking ~= '' and hold_of(booking) or (in_checkout and buyer) or nil
  local holder = get(seats, seat)
  if holder and owner and holder ~= owner then
    end_hold(holder, record(holder), 'released')
    holder = false
  end
  if booking ~= '' then
    mark(at, 's')
    if holder then end_hold(holder, record(holder), 'sold') end
  elseif in_checkout then
    revive(buyer)
    if holder ~= buyer then set(seats, seat, buyer) end
    mark(at, 'h')
  elseif letter(at) == 's' then
    mark(at, holder and 'h' or 'a')
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
if dirty then raise_version() end
return {'told', version, unpack(let_go)}
