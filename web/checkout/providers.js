// The payment providers' own windows, loaded from them when they are needed.
import { money } from "../base/format.js";

const loading = new Map();

/** Their script, once. Raises `Error` where it does not load. */
const script = (address) => {
  if (!loading.has(address)) {
    loading.set(address, new Promise((resolve, reject) => {
      const element = document.createElement("script");
      element.src = address;
      element.async = true;
      element.onload = resolve;
      element.onerror = () => {
        loading.delete(address);
        element.remove();
        reject(new Error("unreachable"));
      };
      document.head.append(element);
    }));
  }
  return loading.get(address);
};

/**
 * Razorpay Checkout over the page. Resolves with the proof for `confirm`, or with null where the guest closed it;
 * `onFailed` hears of each attempt that failed while it stays open.
 */
export const payByRazorpay = async ({ provider, order, user, title, text, seconds, onFailed }) => {
  await script(provider.checkoutUrl);
  return new Promise((resolve) => {
    const checkout = new window.Razorpay({
      key: order.keyId, order_id: order.orderId, amount: order.amount, currency: order.currency,
      name: title, description: `${text}, ${money(order.amount, order.currency)}`,
      prefill: { name: user.name || undefined, email: user.email ?? undefined, contact: user.phone ?? undefined },
      timeout: Math.max(1, Math.floor(seconds)),
      theme: { color: "#a3163f" },
      handler: (paid) => resolve({ orderId: paid.razorpay_order_id, razorpayPaymentId: paid.razorpay_payment_id, razorpaySignature: paid.razorpay_signature }),
      modal: { ondismiss: () => resolve(null) },
    });
    checkout.on("payment.failed", onFailed);
    checkout.open();
  });
};

/** Stripe's form within the page: `{pay(begin), remove()}`, where `begin()` gives the intent. */
export const formOfStripe = async ({ provider, place, amount, currency, isDark }) => {
  await script(provider.checkoutUrl);
  const stripe = window.Stripe(provider.publishableKey);
  const elements = stripe.elements({ mode: "payment", amount, currency: currency.toLowerCase(), appearance: { theme: isDark ? "night" : "stripe" } });
  const element = elements.create("payment");
  element.mount(place);
  /** Resolves with the proof for `confirm`, or with `{error}`. */
  const pay = async (begin) => {
    const checked = await elements.submit();
    if (checked.error) return { error: checked.error };
    const order = await begin();
    if (!order?.clientSecret) return null;
    const { error } = await stripe.confirmPayment({
      elements, clientSecret: order.clientSecret, confirmParams: { return_url: location.href }, redirect: "if_required",
    });
    return error ? { error } : { proof: { paymentIntentId: order.paymentIntentId } };
  };
  return { pay, remove: () => element.destroy() };
};
