-- Extend a live hold: refreshed by its owner, or stretched once because its checkout begins.
-- ARGV: 2 hold 3 user 4 'refresh' or 'checkout' 5 milliseconds from now 6 maximum of refreshes 7 this call's own id
-- Returns: {'extended', now, record, quote} | {'missing'} | {'sold'} | {'ended'} | {'limit'} | {'unknown', run id}
-- Invariant: a hold never gets shorter; the stretch happens once; a repeat of the same call counts once.
if not known then return unknown() end
local id = ARGV[2]
read(holds, {id, id .. ':quote'})
local rec = record(id)
if not rec or rec.user ~= ARGV[3] then return {'missing'} end
local checkout = ARGV[4] == 'checkout'
if rec.status == 'sold' or (rec.claimed_until and not checkout) then return {'sold'} end
if rec.status ~= 'active' or rec.held_until <= now then return {'ended'} end

local function extended()
  return {'extended', now, get(holds, id), get(holds, id .. ':quote')}
end

if rec.last_call == ARGV[7] or (checkout and rec.in_checkout) then return extended() end
if not checkout then
  if rec.refreshes >= tonumber(ARGV[6]) then return {'limit'} end
  rec.refreshes = rec.refreshes + 1
end
rec.last_call = ARGV[7]
rec.in_checkout = checkout or rec.in_checkout
rec.held_until = math.max(rec.held_until, now + ARGV[5])
save(id, rec)
return extended()
