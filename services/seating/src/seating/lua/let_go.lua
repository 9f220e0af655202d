-- What suits nobody on the waiting list is for everybody; nothing is reserved any more once nobody waits.
-- ARGV: 2 the generation that was looked at 3 '1' when somebody still waits
-- Returns: {'let_go'} | {'came'}: something came since, look again | {'unknown', run id}
-- Invariant: only what was looked at is let go, and the flag does not go where somebody has joined since.
if not known then return unknown() end
if (generation and whole(generation) or '') ~= ARGV[2] then return {'came'} end
for id in string.gmatch(holds_of('reserve'), '%S+') do end_reserve(id, record(id)) end
if ARGV[3] ~= '1' then set(meta, 'waitlist', '') end
redis.call('ZREM', WAITLISTS, showtime)
return {'let_go'}
