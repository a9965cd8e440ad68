/* A picture from the camera made small before it is kept: at most 1600 px a side, JPEG, no EXIF. */

const SIDE_PX = 1600;
const QUALITY = 0.8;

/* The small blob; the file itself if this browser cannot read it (the server then says what is wrong). */
export async function shrink(file) {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE_PX / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
    return blob ?? file;
  } catch {
    return file;
  }
}
