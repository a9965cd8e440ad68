/* Reads barcodes and QR codes from the camera: by the browser where it can, else by ZXing in WebAssembly, served by us.
   Loaded only where a stop asks for a barcode; the service worker keeps it from then on. */

const EVERY_MS = 180;
const FORMATS = ["qr_code", "code_128", "code_39", "ean_13", "ean_8", "data_matrix", "itf", "upc_a"];
let reading = null;

/* A function (canvas) => text or "". */
export function reader() {
  reading ??= native().then((detect) => detect ?? zxing());
  return reading;
}

async function native() {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  const wanted = FORMATS.filter((name) => formats.includes(name));
  if (wanted.length < FORMATS.length / 2) return null;
  const detector = new BarcodeDetector({ formats: wanted });
  return async (canvas) => (await detector.detect(canvas))[0]?.rawValue ?? "";
}

export async function zxing() {
  const { prepareZXingModule, readBarcodes } = await import("/static/vendor/zxing.js");
  await prepareZXingModule({ overrides: { locateFile: () => "/static/vendor/zxing_reader.wasm" }, fireImmediately: true });
  return async (canvas) => {
    const image = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const found = await readBarcodes(image, { tryHarder: true, maxNumberOfSymbols: 1 });
    return found[0]?.text ?? "";
  };
}

/* Looks through the camera until a code is found ("" if stopped). Throws what getUserMedia throws. */
export async function scan(video, signal) {
  const camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  try {
    video.srcObject = camera;
    await video.play();
    const read = await reader();
    const canvas = document.createElement("canvas");
    while (!signal.aborted) {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      canvas.getContext("2d", { willReadFrequently: true }).drawImage(video, 0, 0);
      const text = canvas.width > 0 ? await read(canvas) : "";
      if (text) return text;
      await new Promise((done) => { setTimeout(done, EVERY_MS); });
    }
    return "";
  } finally {
    for (const track of camera.getTracks()) track.stop();
    video.srcObject = null;
  }
}
