-- Stands behind every script of a showtime, whose body is the function `answer`: writes what the script has changed.
-- Returns: {what `answer` returned, sum of what was done to the shard: 1 emitted, 2 listed as changed, 4 scheduled, 8 watched, 16 came for the waiting list}
local reply = answer()
if #reserved > 0 then save_reserve() end
if dirty then raise_version() end
if watched and version ~= since then emit_map() end
write_letters()
write(meta)
write(seats)
write(holds)
return {reply, emitted + listed + scheduled + hurried + came}
