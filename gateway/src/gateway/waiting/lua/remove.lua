-- Removes a room and its line where it still has the version that the removal was decided on, with the record of it.
-- KEYS[1] the room, [2] early comers, [3] later ones, [4] its records to be published. ARGV[1] that version; ARGV[2] the
-- record. Answers {removed (1 or 0)}.
if tonumber(redis.call('HGET', KEYS[1], 'version') or 0) ~= tonumber(ARGV[1]) then return {0} end
redis.call('RPUSH', KEYS[4], ARGV[2])
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return {1}
