// Trace context as W3C has it: calls that belong together bear one trace, and so does all that follows from them.

const hex = (bytes) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The id of a new trace. */
export const newTrace = () => hex(16);

/** The headers of a call that belongs to a trace; none without one. */
export const traced = (trace) => (trace ? { traceparent: `00-${trace}-${hex(8)}-01` } : {});
