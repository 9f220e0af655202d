"""Stripe: payment intents, charges, refunds, disputes, events and the balance behind them."""
