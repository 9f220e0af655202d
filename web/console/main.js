// The console of managers and staff. Its sections are loaded as they are opened.
import { start } from "../base/frame.js";

const frame = () => import("./frame.js");

start([["/console", frame], ["/console/:section", frame], ["/console/:section/:id", frame]], { wide: true });
