// Prints how the checkout at the address on the command line shows 123456 minor units of each currency named after it.
const [address, ...currencies] = process.argv.slice(2);
const element = () => ({
  style: {}, dataset: {}, children: [], textContent: "",
  setAttribute() {}, addEventListener() {}, showModal() {}, remove() {},
  append(...more) { this.children.push(...more); },
});
globalThis.document = { currentScript: { src: address }, createElement: element, body: element() };
globalThis.window = globalThis;
(0, eval)(await (await fetch(address)).text());

const shown = currencies.map((currency) => {
  const checkout = new Razorpay({ key: "rzp_test", order_id: "order_1", amount: 123456, currency });
  checkout.open();
  return [currency, checkout.dialog.children[1].textContent];
});
console.log(JSON.stringify(Object.fromEntries(shown)));
