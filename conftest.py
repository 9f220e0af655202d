"""Members' folders bear their packages' names; imported first, the packages win over the folders in test modules."""

from hypothesis import HealthCheck, settings

import bench
import chassis
import checkin
import contracts
import gateway
import invoices
import pricing
import printing
import simulators
import tickets

MEMBERS = (bench, chassis, checkin, contracts, gateway, invoices, pricing, printing, simulators, tickets)

# The machine may be busy: how long an example takes says nothing of the code. The same code gets the same examples;
# others come with --hypothesis-profile=default.
settings.register_profile(
    "steady", settings.default, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")
