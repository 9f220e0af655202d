-- Stands behind every script of a showtime, whose body is the function `answer`: writes what the script has changed.
-- Returns: {what `answer` returned, sum of what was done to the shard: 1 emitted, 2 listed as changed, 4 scheduled}
local reply = answer()
if dirty then raise_version() end
write_letters()
write(meta)
write(seats)
write(holds)
return {reply, emitted + listed + scheduled}
