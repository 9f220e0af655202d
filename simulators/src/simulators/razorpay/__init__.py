"""Razorpay as its API shows itself: orders, payments, refunds, webhooks and a Checkout."""
