// Pays as a page would by the Stripe.js at an address: `address key clientSecret card [what to do at the bank]`. Prints
// what the page is told, or that it was told nothing.
const [address, key, clientSecret, card, atTheBank] = process.argv.slice(2);
const element = () => ({
  style: {}, dataset: {}, children: [], listeners: {}, textContent: "",
  setAttribute() {}, remove() {},
  addEventListener(event, listener) { this.listeners[event] = listener; },
  append(...more) { this.children.push(...more); },
  showModal() {
    const pressed = this.children.find((child) => child.dataset.action === atTheBank);
    setTimeout(() => pressed.listeners.click());
  },
});
globalThis.document = { currentScript: { src: address }, createElement: element, body: element() };
globalThis.window = globalThis;
const went = [];
globalThis.location = { href: "https://shop.example/pay", assign: (url) => went.push(url) };
(0, eval)(await (await fetch(address)).text());

const stripe = Stripe(key);
const elements = stripe.elements({ clientSecret });
const payment = elements.create("payment");
let isReady = false;
payment.on("ready", () => { isReady = true; });
const place = element();
payment.mount(place);
const choices = place.children[0].children.slice(1).map((label) => label.children[0]);
choices.find((choice) => choice.value === card).listeners.change();
await elements.submit();
const confirming = stripe.confirmPayment({ elements, confirmParams: { return_url: "https://shop.example/done?a=1" } });
const status = async () => (await stripe.retrievePaymentIntent(clientSecret)).paymentIntent.status;
let result = null;
confirming.then((heard) => { result = heard; });
if (card === "lost") while ((await status()) !== "succeeded");
else await confirming;
console.log(JSON.stringify({ isReady, result, went, status: await status() }));
