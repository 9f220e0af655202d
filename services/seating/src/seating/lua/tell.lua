-- Set seats to what one version of the ledger says. Redis is never told a change but a state.
-- ARGV: 2 JSON {rev, revision, starts_at, closed, whole, seats: [[seat, index, booking it is sold to, hold that has it in checkout]],
--       checkouts: {hold: {user, seats, until, quote, refreshes}}, ended: {hold: status}, anew: a server began anew}
--       3 '' or, to load a showtime that is not known, the run id of the server that said so 4 the map of a load 5 when to drop it
-- Returns: {'told', version} | {'unknown', run}
-- Invariant: a rev no newer than the one kept for a seat is ignored; what the ledger says beats a hold, which ends as a whole.
if known and ARGV[3] ~= '' then return {'told', version} end -- a load leaves a known showtime alone
local word = cjson.decode(ARGV[2])
local loads = not known
if not known then
  local nobody = unknown()
  if ARGV[3] ~= nobody[2] then return nobody end
  version, facts[2] = now, word.rev
  redis.call('HSET', META, 'version', now, 'rev', word.rev, 'facts_rev', 0)
  redis.call('SET', MAP, ARGV[4])
  redis.call('ZADD', OPEN, ARGV[5], showtime)
end
-- An old server's version may have gone back; for those who watch it never does, nor in what is said from here on.
if word.anew and now > version then
  version = now
  redis.call('HSET', META, 'version', now)
  moved = true
end

local function hold_of(booking)
  return 'hld_' .. string.sub(booking, 5) .. string.sub(showtime, 5)
end

local function mark(seat, at, byte)
  if redis.call('GETRANGE', MAP, at, at) ~= byte then
    redis.call('SETRANGE', MAP, at, byte)
    moved = true
  end
end

-- A hold in checkout lives as long as the ledger says, unless its owner let it go: the ledger will hear of that.
local function let_go(id)
  local rec = record(id)
  return rec and rec.status == 'released'
end

local function revive(id)
  local told = word.checkouts[id]
  local rec = record(id)
  if not rec then
    rec = {user = told.user, seats = told.seats, held_until = 0, refreshes = told.refreshes, trace = ''}
    redis.call('HSET', HOLDS, id .. ':quote', told.quote)
  end
  rec.status, rec.live, rec.in_checkout = 'active', true, true
  rec.held_until = math.max(rec.held_until, told['until'])
  keep(id, rec)
  count_in(rec.user, id)
end

local function tell(seat, at, booking, buyer)
  local in_checkout = buyer ~= '' and word.checkouts[buyer] and word.checkouts[buyer]['until'] > now and not let_go(buyer)
  local owner = booking ~= '' and hold_of(booking) or (in_checkout and buyer) or nil
  local holder = redis.call('HGET', SEATS, seat)
  if holder and owner and holder ~= owner then
    end_hold(holder, record(holder), 'released')
    holder = false
  end
  if booking ~= '' then
    mark(seat, at, 's')
    if holder then end_hold(holder, record(holder), 'sold') end
  elseif in_checkout then
    revive(buyer)
    redis.call('HSET', SEATS, seat, buyer)
    mark(seat, at, 'h')
  elseif redis.call('GETRANGE', MAP, at, at) == 's' then
    mark(seat, at, holder and 'h' or 'a')
  end
end

local function newer(seat)
  local told = redis.call('HGET', TOLD, seat)
  return loads or word.rev > tonumber(told and string.match(told, '^%d+') or facts[2])
end

-- First all is written down, then acted on: a hold that ends as a whole must know which of its seats are sold.
local news = {}
for _, said in ipairs(word.seats) do
  if newer(said[1]) then
    redis.call('HSET', TOLD, said[1], string.format('%.0f', word.rev) .. ' ' .. said[3])
    news[#news + 1] = said
  end
end
for _, said in ipairs(news) do tell(unpack(said)) end
if word.whole and word.rev > tonumber(facts[2]) then redis.call('HSET', META, 'rev', word.rev) end

for id, status in pairs(word.ended) do
  local rec = record(id)
  if rec and (rec.live or rec.status ~= status or not rec.rev) then
    local newest = word.rev >= (rec.rev or 0)
    rec.rev = newest and word.rev or rec.rev
    end_hold(id, rec, newest and status or rec.status)
  end
end
if word.rev >= tonumber(redis.call('HGET', META, 'facts_rev')) then
  redis.call('HSET', META, 'facts_rev', word.rev, 'revision', word.revision, 'starts_at', word.starts_at, 'closed', word.closed)
  redis.call('ZADD', OPEN, ARGV[5], showtime)
  facts[4], facts[5] = word.starts_at, word.closed
end
heed_closing()
if moved then changed() end
schedule()
return {'told', version}
