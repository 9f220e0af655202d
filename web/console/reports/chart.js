// A chart of days by uPlot. The table beside it says the same, so readers skip the drawing.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { dateText, money } from "../../base/format.js";
import { html } from "../../base/html.js";

const HEIGHT = 260;
const DARK = matchMedia("(prefers-color-scheme: dark)");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const optionsOf = (width, { days, series, currency, unit }) => {
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: "13px system-ui" };
  const dayOf = (at) => (Number.isInteger(at) && days[at] ? dateText(days[at], { day: "numeric", month: "short" }) : "");
  return {
    width, height: HEIGHT, cursor: { y: false }, legend: { live: true },
    scales: { x: { time: false, range: [-0.6, days.length - 0.4] }, y: { range: (_, least, most) => [Math.min(0, least), most * 1.05 || 1] } },
    axes: [{ ...axis, values: (_, marks) => marks.map(dayOf), incrs: [1, 2, 5, 10, 20, 50] },
      { ...axis, size: 90, values: (_, marks) => marks.map((mark) => money(mark, currency, { short: true })) }],
    series: [{ label: unit, value: (_, at) => (at === null ? "–" : dayOf(at)) },
      ...series.map(({ label, token, isLine }) => ({
        label, stroke: colour(token), fill: isLine ? undefined : colour(token), width: isLine ? 2 : 0,
        paths: isLine ? undefined : uPlot.paths.bars({ size: [0.6, 48] }), points: { show: isLine, size: 7 }, value: (_, amount) => (amount === null ? "–" : money(amount, currency)),
      }))],
  };
};

/** `days` as 2026-11-30; `series` are `{label, token, values, isLine}` with amounts by day and a colour's token; `unit` names a day. */
export const DayChart = (given) => {
  const { days, series, currency, label } = given;
  const frame = useRef(null);
  useEffect(() => {
    let chart = null;
    const draw = () => {
      chart?.destroy();
      chart = new uPlot(optionsOf(frame.current.clientWidth, given), [days.map((_, at) => at), ...series.map(({ values }) => values)], frame.current);
    };
    draw();
    const watch = new ResizeObserver(() => chart.width !== frame.current.clientWidth && chart.setSize({ width: frame.current.clientWidth, height: HEIGHT }));
    watch.observe(frame.current);
    DARK.addEventListener("change", draw);
    return () => {
      watch.disconnect();
      DARK.removeEventListener("change", draw);
      chart.destroy();
    };
  }, [JSON.stringify([days, series, currency])]);
  return html`<figure class="chart" role="img" aria-label=${label}><div aria-hidden="true" ref=${frame}></div></figure>`;
};
