"""What is seen from outside, as code: objectives with their rules, and dashboards; written into the chart by a verb."""
