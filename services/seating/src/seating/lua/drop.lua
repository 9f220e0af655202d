-- Drop a showtime that is long over: all its keys at once.
-- Returns: {'dropped'}
-- Invariant: a showtime is known whole or not at all.
redis.call('DEL', META, MAP, SEATS, HOLDS, ENDS)
redis.call('ZREM', DUE, showtime)
redis.call('ZREM', CHANGED, showtime)
redis.call('ZREM', LOADED, showtime)
redis.call('ZREM', WAITLISTS, showtime)
meta.changes, seats.changes, holds.changes, new_letters, reserved, dirty, watched = {}, {}, {}, {}, {}, false, false
return {'dropped'}
