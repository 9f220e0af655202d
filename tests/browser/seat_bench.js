// A hall of 2,000 seats to be measured from outside: `bench.draw()` draws it on a page that is ready for it, `bench.paint()`
// paints 200 of its seats anew. Each ends when the browser has shown a frame, so that style, layout and paint are within.
async (root) => {
  const [{ SeatModel }, { SeatsStage }, { rowLetters }] = await Promise.all(["model", "stage", "layout"].map((name) => import(`${root}/seats/${name}.js`)));
  const seats = Array.from({ length: 2000 }, (_, index) => {
    const [row, number, isDear] = [rowLetters(Math.floor(index / 50)), (index % 50) + 1, index < 400];
    return { seatId: `${row}${number}`, row, number, label: { row, number: String(number) }, type: isDear ? "premium" : "standard", price: isDear ? 40000 : 25000, status: "available" };
  });
  const answer = { showtimeId: "sho_bench", version: 1, currency: "INR", layout: { rows: 40, cols: 50, aisles: [12, 38] }, seats };
  const parts = { onToggle: () => undefined, onView: () => undefined, onAgain: () => undefined };
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const idle = () => new Promise((resolve) => requestIdleCallback(resolve));
  let [host, stage, model, version] = [];
  window.bench = {
    async ready() {
      host?.remove();
      host = document.body.appendChild(document.createElement("div"));
      [model, version] = [new SeatModel(), 1];
      stage = new SeatsStage(host.attachShadow({ mode: "open" }), { model, ...parts });
      await frame();
    },
    async draw() {
      const begun = performance.now();
      model.load(answer);
      stage.draw();
      await frame();
      return performance.now() - begun;
    },
    async settled() { for (let count = 0; count < 5; count += 1) await idle(); },
    async paint() {
      const begun = performance.now();
      const changes = seats.slice(900, 1100).map(({ seatId }) => [seatId, "hsa"[version % 3]]);
      const { changed } = model.hearChange({ since: version, version: ++version, changes });
      stage.paint(changed);
      await frame();
      return { painted: changed.length, milliseconds: performance.now() - begun };
    },
  };
}
