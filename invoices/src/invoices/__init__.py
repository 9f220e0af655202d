"""Tax invoices and credit notes of sales: lines by rate, numbers, pages. Pure functions; money in minor units."""
