// QR codes by the device's camera. The reader of codes is loaded when a camera is used, and stays for a gate that loses
// its network.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../../base/html.js";
import { Button, Failure } from "../../base/ui.js";
import { area } from "../../base/words.js";

const say = await area("console_checkin");
const LOOKS_MS = 150;
const WIDEST = 640;
const AGAIN_MS = 4000; // a code that stays before the camera is one scan

let loading = null;
/** Load the reader, a classic script that sets `jsQR`. */
export const loadReader = () => {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../../vendor/jsqr.js", import.meta.url).href;
    script.addEventListener("load", () => resolve(globalThis.jsQR));
    script.addEventListener("error", () => {
      loading = null;
      reject(new Error("the reader of codes could not be loaded"));
    });
    document.head.append(script);
  });
  return loading;
};

const problemOf = (error) => {
  if (error.name === "NotAllowedError") return { message: say("The camera is not permitted. Allow it in the browser's settings of this page, or type the reference.") };
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return { message: say("This device has no camera. Type the reference instead.") };
  return { message: say("The camera could not be used. Type the reference instead.") };
};

const watch = (video, reader, onCode) => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let seen = { text: null, at: 0 };
  return setInterval(() => {
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    const text = reader(data, width, height, { inversionAttempts: "dontInvert" })?.data;
    if (!text) return;
    const isNew = text !== seen.text || performance.now() - seen.at > AGAIN_MS;
    seen = { text, at: performance.now() };
    if (isNew) onCode(text);
  }, LOOKS_MS);
};

/** `onCode(text)` for each code that comes before the camera. */
export const Camera = ({ onCode }) => {
  const video = useRef(null);
  const told = useRef(onCode);
  told.current = onCode;
  const [isOn, setIsOn] = useState(false);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    if (!isOn) return undefined;
    let [stream, timer, isGone] = [null, null, false];
    const begin = async () => {
      const reader = await loadReader();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (isGone) return stream.getTracks().forEach((track) => track.stop());
      video.current.srcObject = stream;
      await video.current.play();
      timer = watch(video.current, reader, (text) => told.current(text));
      return undefined;
    };
    begin().catch((error) => {
      if (isGone) return;
      setProblem(problemOf(error));
      setIsOn(false);
    });
    return () => {
      isGone = true;
      clearInterval(timer);
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, [isOn]);
  const turn = () => {
    setProblem(null);
    setIsOn(!isOn);
  };
  return html`<div class="camera">
    ${isOn && html`<video ref=${video} muted playsinline aria-label=${say("What the camera sees")}></video>`}
    <${Failure} problem=${problem} />
    <${Button} class="block" aria-pressed=${isOn} onClick=${turn}>${isOn ? say("Turn the camera off") : say("Scan with the camera")}<//>
  </div>`;
};
