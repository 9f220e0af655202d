-- Stands behind every script of a showtime, whose body is the function `answer`: writes what the script has changed.
local reply = answer()
if dirty then raise_version() end
write_letters()
write(meta)
write(seats)
write(holds)
return reply
