"""Members' folders bear their packages' names; imported first, the packages win over the folders in test modules."""

import bench
import chassis
import contracts
import gateway
import simulators

MEMBERS = (bench, chassis, contracts, gateway, simulators)
