/* The sheet that asks for what proves a delivery. What is there already is kept on disk before the camera opens, because
   a phone short of memory may end the page meanwhile; it is there again when the sheet opens anew. */

import { clone, field, fill } from "./render.js";
import { chosen, display } from "./photo.js";
import { SignaturePad } from "./signature_pad.js";
import { word } from "./words.js";

export class ProofSheet {
  constructor(dialog, store) {
    this.dialog = dialog;
    this.store = store;
    dialog.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); this.finish(); });
    dialog.addEventListener("close", () => {
      this.scanning?.abort();
      for (const image of dialog.querySelectorAll("img")) display(image, null);
      store.set("proving", null);
      this.answer?.(null);
    });
  }

  /* Resolves with [{kind, task_id, text | blob, known}], or null if the rider went back. `known`: under which UUIDs the server
     may have it already, by task. */
  async ask(stop_id, needed) {
    this.answer?.(null); // whoever asked before
    this.answer = null;
    this.stop_id = stop_id;
    this.given = await this.draft(stop_id, needed);
    this.pads = new Map();
    field(this.dialog, "fields").replaceChildren(...needed.map((need) => this.fieldFor(need))); // never those of the last door
    this.needed = needed;
    this.check();
    await this.store.set("proving", stop_id);
    this.dialog.showModal();
    this.dialog.querySelector("input:not([type=file]), label, canvas")?.focus();
    if (needed.length === 1 && !this.given[keyOf(needed[0])]) this.openCamera();
    return new Promise((answer) => { this.answer = answer; });
  }

  /* What is there already: of this sheet, or of a parcel whose code was wrong (`keepGiven`). */
  async draft(stop_id, needed) {
    const refused = needed.map(({ task_id }) => task_id).filter((id) => id !== stop_id);
    return Object.assign({}, ...(await Promise.all([...refused, stop_id].map((id) => this.store.draft(id)))));
  }

  /* Of a completion that was refused for its code alone: all but the code is there when the rider is asked again. */
  async keepGiven({ task_id, body }, items) {
    const given = {};
    for (const { kind, text, client_uuid } of body.proofs.filter((proof) => proof.kind !== "code")) {
      const value = text ?? items.find((picture) => picture.body.client_uuid === client_uuid)?.blob;
      if (value) Object.assign(given, { [keyOf({ kind, task_id })]: value, [knownAs({ kind, task_id })]: client_uuid });
    }
    await this.store.saveDraft(task_id, given);
  }

  /* A photo and nothing else: the tap that opened the sheet opens the camera too, so that finishing takes two taps. */
  openCamera() {
    if (navigator.userActivation?.isActive) this.dialog.querySelector("input[type=file]")?.click();
  }

  fieldFor(need) {
    const key = keyOf(need);
    const element = clone(`t-proof-${need.kind}`);
    fill(element, { number: need.number });
    if (need.kind === "photo") this.photoField(element, key);
    else if (need.kind === "signature") this.signatureField(element, key);
    else if (need.kind === "barcode") this.barcodeField(element, key);
    else if (need.kind === "age") this.ageField(element, key);
    else if (need.kind === "weight") this.weightField(element, key);
    else this.textField(element, key);
    return element;
  }

  photoField(element, key) {
    const { given } = this;
    const [frame, picture] = [".proof-frame", "img"].map((name) => element.querySelector(name));
    const look = (blob) => {
      display(picture, blob);
      frame.hidden = picture.hidden = false;
      fill(element, { photo_label: word("photo_again") });
    };
    if (this.given[key]) look(this.given[key]);
    element.querySelector("input").addEventListener("change", async ({ target }) => {
      frame.hidden = picture.hidden && target.files.length === 0; // room at once: making it small takes a while, and nothing is to move under a pen
      const blob = await chosen(target);
      if (blob === undefined) return;
      frame.hidden = picture.hidden && !blob;
      target.value = ""; // the same picture may be chosen again
      fill(element, { photo_words: blob ? "" : word("photo_unreadable") });
      if (!blob) return;
      look(blob);
      await this.keep(key, blob, given);
      if (this.is_complete) this.dialog.querySelector('[type="submit"]').focus();
    });
  }

  signatureField(element, key) {
    const { given } = this;
    const pad = new SignaturePad(element.querySelector("canvas"), async () => {
      const { version } = pad;
      const blob = await pad.blob();
      if (version === pad.version) await this.keep(key, blob, given);
    });
    element.querySelector("button").addEventListener("click", () => pad.clear());
    if (this.given[key]) pad.show(this.given[key]);
    this.pads.set(key, pad);
  }

  ageField(element, key) {
    const box = element.querySelector("input");
    box.checked = Boolean(this.given[key]);
    box.addEventListener("change", () => this.keep(key, box.checked ? box.value : ""));
  }

  /* Riders read kilograms off a scale; the server keeps whole grams. */
  weightField(element, key) {
    const input = element.querySelector("input");
    if (this.given[key]) input.value = String(this.given[key] / 1000);
    input.addEventListener("input", () => {
      const grams = Math.round(Number(input.value.trim().replace(",", ".")) * 1000);
      this.keep(key, grams > 0 ? String(grams) : "");
    });
  }

  barcodeField(element, key) {
    this.textField(element, key);
    const [input, video, button] = ["input", "video", "button"].map((name) => element.querySelector(name));
    const say = (words) => fill(element, { scan_words: words });
    let mine = null;
    const stop = () => {
      if (this.scanning === mine) this.scanning = null;
      mine = null;
      video.hidden = true;
      fill(element, { scan_label: word("scan") });
    };
    button.addEventListener("click", async () => {
      this.scanning?.abort();
      if (mine) return;
      mine = this.scanning = new AbortController(); // another parcel's camera makes room for this one's
      video.hidden = false;
      fill(element, { scan_label: word("scan_stop") });
      say(word("scan_looking"));
      try {
        const { scan } = await import("./scanner.js");
        const text = await scan(video, mine.signal);
        if (text) {
          input.value = text;
          navigator.vibrate?.(80);
          await this.keep(key, text);
        }
        say("");
      } catch (error) {
        say(word(error.name === "NotAllowedError" ? "scan_denied" : "scan_none"));
      } finally {
        stop();
      }
    });
  }

  textField(element, key) {
    const input = element.querySelector("input");
    input.value = this.given[key] ?? "";
    input.addEventListener("input", () => this.keep(key, input.value.trim()));
  }

  /* Not what comes when the sheet is finished already, or asks about another stop: a picture may take a moment. */
  async keep(key, value, given = this.given) {
    if (!given || given !== this.given) return;
    if (value) this.given[key] = value;
    else delete this.given[key];
    forgetKnown(given, key);
    this.check();
    await this.store.saveDraft(this.stop_id, this.given);
  }

  check() { this.dialog.querySelector('[type="submit"]').disabled = !this.is_complete; }

  get is_complete() {
    return (this.needed ?? []).every((need) => {
      const value = this.given[keyOf(need)];
      return need.kind === "code" ? /^\d{4,8}$/.test(value ?? "") : Boolean(value);
    });
  }

  /* With the signature as it is in the field: its last stroke may not have been kept yet. */
  async finish() {
    const { given, answer } = this;
    if (!given) return; // the second of two taps
    this.given = null;
    for (const [key, pad] of this.pads) {
      if (pad.version === 0) continue;
      given[key] = await pad.blob();
      forgetKnown(given, key);
    }
    const proofs = this.needed.map((need) => {
      const value = given[keyOf(need)];
      return { kind: need.kind, task_id: need.task_id, known: knownOf(given, need.kind), ...(value instanceof Blob ? { blob: value } : { text: value }) };
    });
    answer(proofs);
    this.answer = null;
    this.dialog.close();
  }
}

function keyOf({ kind, task_id }) { return `${kind}:${task_id}`; }

/* Beside what was given, the UUID under which it was sent: sent again, it is still the same proof. */
function knownAs({ kind, task_id }) { return `known:${kind}:${task_id}`; }

function knownOf(given, kind) {
  const start = knownAs({ kind, task_id: "" });
  const known = Object.entries(given).filter(([key]) => key.startsWith(start));
  return Object.fromEntries(known.map(([key, uuid]) => [key.slice(start.length), uuid]));
}

/* Something else is another proof, for every parcel of this door. */
function forgetKnown(given, key) {
  const [kind] = key.split(":");
  for (const task_id of Object.keys(knownOf(given, kind))) delete given[knownAs({ kind, task_id })];
}
