/* A field to sign in with a finger. Keyboard users may type the name instead (the name is a proof of its own). */

export class SignaturePad {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.is_empty = true;
    this.context = canvas.getContext("2d");
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.draw(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { this.last = null; });
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

  line(to) {
    Object.assign(this.context, { lineWidth: 5, lineCap: "round", strokeStyle: "#16211c" });
    this.context.beginPath();
    this.context.moveTo(...this.last);
    this.context.lineTo(to[0] + 0.1, to[1]);
    this.context.stroke();
    this.last = to;
    this.is_empty = false;
    this.changed();
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.is_empty = true;
    this.changed();
  }

  async show(blob) {
    const image = await createImageBitmap(blob);
    this.context.drawImage(image, 0, 0);
    this.is_empty = false;
  }

  blob() { return new Promise((done) => { this.canvas.toBlob(done, "image/png"); }); }
}
