/* A picture from the camera made small before it is kept: at most 1600 px a side, JPEG, no EXIF. */

const SIDE_PX = 1600;
const QUALITY = 0.8;
const MOST_BYTES = 60e6;

/* What was chosen is no picture that this browser can read: empty, damaged, HEIC, SVG, or far too large. */
export class Unreadable extends Error {}

/* The small blob of what a file input holds; null if it cannot be read, undefined if it holds nothing, or something else by the
   time that this one was looked at: what an earlier picture came to is no news once another one was taken. */
export async function chosen(input) {
  const [file] = input.files;
  const blob = file && (await shrink(file).catch(() => null));
  return input.files[0] === file ? blob : undefined;
}

/* Shows a picture, and lets go of the one shown before: each address keeps its picture in memory until then. */
export function display(image, blob) {
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  if (blob) image.src = URL.createObjectURL(blob);
  else image.removeAttribute("src");
}

/* The small blob. Unreadable is thrown while the rider still stands at the door and can take another one. */
async function shrink(file) {
  if (file.size === 0 || file.size > MOST_BYTES || file.type === "image/svg+xml") throw new Unreadable(file.name);
  const image = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => { throw new Unreadable(file.name); });
  const scale = Math.min(1, SIDE_PX / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
  if (!blob) throw new Unreadable(file.name);
  return blob;
}
