-- Let a hold go, for its owner.
-- ARGV: 2 hold 3 user 4 '1' when the ledger no longer has it in checkout
-- Returns: {'released'} (again too) | {'in_checkout'}: the ledger must let it go first | {'missing'} | {'sold'} | {'unknown', run id}
-- Invariant: a hold whose money has come (sold, or claimed before the ledger) stays as it is.
if not known then return unknown() end
local id = ARGV[2]
read(holds, {id, ARGV[3]})
local rec = record(id)
if not rec or rec.user ~= ARGV[3] then return {'missing'} end
if rec.status == 'sold' or rec.claimed_until then return {'sold'} end
if rec.status ~= 'active' then return {'released'} end
if rec.in_checkout and ARGV[4] ~= '1' then return {'in_checkout'} end
end_hold(id, rec, 'released')
return {'released'}
