/* Riders who need help: a bar over the board, fetched when somebody calls, with an alarm that sounds until a coordinator
   says that they are on it. Browsers allow sound only after a tap; the title of the window flashes in any case.
   A second bar of the same kind has riders of whom nothing is heard: silence is no event, so it looks every minute. */

import { Controller } from "/static/vendor/stimulus.js";
import { request } from "/static/js/http.js";
import { isSure } from "/static/js/sure.js";
import { toast } from "/static/js/controllers/toast_controller.js";

const EVERY_MS = 1600;
const LOOK_AGAIN_MS = 60000;
const PITCHES = [880, 660];

export default class extends Controller {
  static values = { url: String, title: String };

  connect() {
    this.usual_title = document.title;
    this.tapped = () => { this.audio ??= new AudioContext(); this.audio.resume(); };
    document.addEventListener("pointerdown", this.tapped);
    this.refresh();
    this.looking = setInterval(() => this.refresh(), LOOK_AGAIN_MS);
  }

  disconnect() {
    clearInterval(this.looking);
    document.removeEventListener("pointerdown", this.tapped);
    this.silence();
  }

  async refresh() {
    const response = await fetch(this.urlValue, { headers: { Accept: "text/html" }, credentials: "same-origin" }).catch(() => null);
    if (!response?.ok || response.redirected) return;
    const html = await response.text();
    if (html !== this.shown) this.element.innerHTML = html;
    this.shown = html;
    if (this.element.querySelector("[data-sos]")) this.alarm();
    else this.silence();
  }

  /* Somebody moved or did something: if it is who was silent, the alert goes. */
  heard({ detail }) {
    if (this.element.querySelector(`[data-silent="${detail.data.rider_id}"]`)) this.refresh();
  }

  take({ params }) { return this.send(`/board/api/help/${params.id}/take`); }

  takeSilence({ params }) { return this.send(`/board/api/riders/${params.rider}/silence/take`); }

  async stop({ currentTarget, params }) {
    if (isSure(currentTarget)) await this.send(`/board/api/riders/${params.rider}/stop`);
  }

  async send(url) {
    try {
      await request(url, { method: "POST" });
    } catch (error) {
      toast(error.message, { tone: "danger" });
    }
    await this.refresh();
  }

  mapped({ detail }) { this.map = detail.view; }

  find({ params }) { this.map?.flyTo([params.lon, params.lat]); }

  alarm() {
    if (this.ringing) return;
    this.ringing = setInterval(() => this.ring(), EVERY_MS);
    this.ring();
  }

  ring() {
    document.title = document.title === this.usual_title ? `⚠ ${this.titleValue}` : this.usual_title;
    if (this.audio?.state !== "running") return;
    for (const [index, pitch] of PITCHES.entries()) {
      const tone = new OscillatorNode(this.audio, { frequency: pitch, type: "square" });
      const loudness = new GainNode(this.audio, { gain: 0.25 });
      tone.connect(loudness).connect(this.audio.destination);
      tone.start(this.audio.currentTime + index * 0.3);
      tone.stop(this.audio.currentTime + index * 0.3 + 0.28);
    }
  }

  silence() {
    if (!this.ringing) return; // the title is another bar's
    clearInterval(this.ringing);
    this.ringing = null;
    document.title = this.usual_title;
  }
}
