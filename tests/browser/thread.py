"""What a page costs its thread, and how slow this machine is at the moment."""

from dataclasses import dataclass
from typing import Self

from playwright.async_api import CDPSession, Page

YARDSTICK_MS = 65  # 79 to 112 were measured where 200 seats took 11 to 13: 65 is what belongs to 8, within the budget
YARDSTICK = """(() => {
  const rows = Array.from({ length: 200000 }, (_, index) => (
    { name: `Row ${index % 26}, seat ${index}`, price: (index * 7) % 1000 }
  ));
  rows.sort((one, other) => one.price - other.price);
  return rows.map(({ name }) => name).join("").length;
})()"""


@dataclass(frozen=True, slots=True)
class Thread:
    """Of a page that is measured."""

    page: Page
    session: CDPSession

    @classmethod
    async def of(cls, page: Page) -> Self:
        """Measured from now on; what a page costs that is opened later is in it as well."""
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable", {"timeDomain": "threadTicks"})
        return cls(page, session)

    async def spent(self) -> float:
        """The milliseconds of its own processor time so far: script, style, layout, paint. What else the machine does
        is not in it."""
        metrics = (await self.session.send("Performance.getMetrics"))["metrics"]
        return 1000 * float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    async def computes(self, work: str) -> float:
        """The milliseconds that this script costs."""
        before = await self.spent()
        await self.page.evaluate(work)
        return await self.spent() - before

    async def yardstick(self) -> float:
        """The milliseconds of a script that is the same for all pages and machines."""
        return await self.computes(YARDSTICK)


def slowness_by(yardsticks: list[float]) -> float:
    """How many times the time of a budget this machine may take; never below 1."""
    return max(1, min(yardsticks) / YARDSTICK_MS)
