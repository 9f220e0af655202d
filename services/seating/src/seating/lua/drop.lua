-- Drop a showtime that is long over: all its keys at once.
-- Returns: {'dropped'}
-- Invariant: a showtime is known whole or not at all.
redis.call('DEL', META, MAP, SEATS, TOLD, HOLDS, ENDS, USERS)
redis.call('ZREM', DUE, showtime)
redis.call('ZREM', CHANGED, showtime)
redis.call('ZREM', LOADED, showtime)
return {'dropped'}
