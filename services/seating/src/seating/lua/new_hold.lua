-- Stands before `hold.lua` and `offer.lua`: the hold that they make, whose seats were found to be there for it.
local function make_hold(id, rec, quote)
  local given = {}
  for seat, at in seats_of(rec.seats) do
    mark(seat, at, 'h')
    set(seats, seat, id)
    given[#given + 1] = seat
  end
  save(id, rec)
  set(holds, id .. ':quote', quote)
  add_to_user(rec.user, id)
  if rec.address then add_to_user(rec.address, id) end
  raise_version()
  emit('held', id, rec, given, '')
  return {'held', now, rec.held_until}
end
