-- The turn of one person in the line of a showtime, whom several ids may name; a place for who has none.
-- KEYS[1] the room, [2] the lots of early comers (a sorted set), [3] the turns of later ones (a hash).
-- ARGV[1] a random lot, or empty: only look; ARGV[2] turns up to this one have lapsed; ARGV[3...] the ids, the first of
-- which gets the place.
-- Answers {} without a room, else {now in microseconds, the turn or '', the room's fields: name, value, ...}.
local room = redis.call('HGETALL', KEYS[1])
if #room == 0 then return {} end
local fields = {}
for at = 1, #room, 2 do fields[room[at]] = room[at + 1] end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local lapsed, turn = tonumber(ARGV[2]), nil
for at = 3, #ARGV do
  local its = tonumber(redis.call('HGET', KEYS[3], ARGV[at]) or redis.call('ZRANK', KEYS[2], ARGV[at]))
  if its and its > lapsed and (turn == nil or its < turn) then turn = its end
end
if turn == nil and ARGV[1] ~= '' and fields.since ~= '' then
  local since = tonumber(fields.since)
  if now < tonumber(fields.opens_at) then
    redis.call('ZADD', KEYS[2], 'NX', ARGV[1], ARGV[3])
    redis.call('PEXPIREAT', KEYS[2], fields.ends_at)
    turn = redis.call('ZRANK', KEYS[2], ARGV[3])
  else
    local last = tonumber(fields.last) or redis.call('ZCARD', KEYS[2])
    turn = math.max(last, tonumber(fields.turn) + (now - since) / tonumber(fields.interval))
    redis.call('HSET', KEYS[1], 'last', string.format('%.17g', turn + 1))
    redis.call('HSET', KEYS[3], ARGV[3], string.format('%.17g', turn))
    redis.call('PEXPIREAT', KEYS[3], fields.ends_at)
  end
end
return {string.format('%.0f', now), turn and string.format('%.17g', turn) or '', unpack(room)}
