-- Writes a room where it still has the version that the change was decided on, with the record of the change.
-- KEYS[1] the room, [2] early comers, [3] later ones, [4] its records to be published. ARGV[1] that version, 0 for no
-- room; ARGV[2] the record, or empty; ARGV[3] when all of it is forgotten, in milliseconds; ARGV[4] 1 where the line is
-- to be empty; ARGV[5...] the fields: name, value, ... Answers {written (1 or 0)}.
if tonumber(redis.call('HGET', KEYS[1], 'version') or 0) ~= tonumber(ARGV[1]) then return {0} end
if ARGV[2] ~= '' then redis.call('RPUSH', KEYS[4], ARGV[2]) end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
if ARGV[4] == '1' then redis.call('DEL', KEYS[2], KEYS[3]) end
return {1}
