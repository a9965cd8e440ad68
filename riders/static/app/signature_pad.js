/* A field to sign in with a finger. Keyboard users may type the name instead (the name is a proof of its own).
   `changed` is called when the finger leaves it and when it is cleared, not for each piece of a line. */

export class SignaturePad {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.is_empty = true;
    this.version = 0;
    this.context = canvas.getContext("2d");
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.draw(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => this.lift());
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.canvas.width, ((event.clientY - box.top) / box.height) * this.canvas.height];
  }

  begin(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.point(event);
    this.line(this.last);
  }

  draw(event) {
    if (!this.last) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) this.line(this.point(part));
  }

  lift() {
    if (!this.last) return;
    this.last = null;
    this.changed();
  }

  line(to) {
    Object.assign(this.context, { lineWidth: 5, lineCap: "round", strokeStyle: "#16211c" });
    this.context.beginPath();
    this.context.moveTo(...this.last);
    this.context.lineTo(to[0] + 0.1, to[1]);
    this.context.stroke();
    this.last = to;
    this.is_empty = false;
    this.version += 1;
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.is_empty = true;
    this.version += 1;
    this.changed();
  }

  /* What was signed before, unless the rider has begun anew meanwhile. */
  async show(blob) {
    const image = await createImageBitmap(blob);
    if (this.version > 0) return;
    this.context.drawImage(image, 0, 0);
    this.is_empty = false;
  }

  /* What is in the field now, null if nothing is: encoded once for each state of it. */
  blob() {
    if (this.encoded !== this.version) {
      this.encoded = this.version;
      this.encoding = this.is_empty ? Promise.resolve(null) : new Promise((done) => { this.canvas.toBlob(done, "image/png"); });
    }
    return this.encoding;
  }
}
