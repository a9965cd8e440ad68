/* Hazards on the board's map: what riders and coordinators reported; reporting, confirming and clearing them.
   The map comes with the event `board-map:ready` of the element inside. */

import { Controller } from "/static/vendor/stimulus.js";
import { application } from "/static/js/app.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { request } from "/static/js/http.js";
import { icon } from "/static/js/icon.js";

const ADDRESS = "/geo/hazards";
const LOOK_AGAIN_MS = 60_000; // nobody says so when a hazard's time is over
const CHANGES = ["HazardReported", "HazardChanged", "reset"];

class HazardsController extends Controller {
  static targets = ["open", "bar", "barKind", "here", "choice", "private", "card", "cardIcon", "cardKind", "photo", "note", "facts", "file", "fileWords"];
  static values = { words: Object };

  connect() {
    this.hazards = new Map();
    this.changed = () => this.refresh();
    for (const name of CHANGES) document.addEventListener(`live:${name}`, this.changed);
    this.timer = setInterval(this.changed, LOOK_AGAIN_MS);
    this.kinds = new Map([...this.choiceTarget.querySelectorAll("[data-kind]")].map(({ dataset }) => [dataset.kind, dataset]));
    this.refresh();
  }

  disconnect() {
    clearInterval(this.timer);
    for (const name of CHANGES) document.removeEventListener(`live:${name}`, this.changed);
  }

  mapped({ detail: { view } }) {
    this.view = view;
    view.onSelect((what, id) => { if (what === "hazard" && !this.kind) this.look(id); });
    view.onClick((lonlat) => { if (this.kind) this.put(lonlat); });
    this.draw();
  }

  async refresh() {
    const answer = await request(ADDRESS).catch(() => null);
    if (!answer) return;
    this.hazards = new Map(answer.features.map((feature) => [feature.id, feature]));
    this.draw();
  }

  draw() {
    this.view?.setHazards([...this.hazards.values()].map(({ id, geometry: { coordinates: [lon, lat] }, properties: { kind } }) => ({ id, kind, lon, lat })));
  }

  open() { this.choiceTarget.showModal(); }
  close({ currentTarget }) { currentTarget.closest("dialog").close(); }

  choose({ currentTarget: { dataset } }) {
    this.choiceTarget.close();
    this.kind = dataset.kind;
    this.barKindTarget.textContent = dataset.label;
    this.barTarget.hidden = false;
    this.openTarget.hidden = true;
    if (this.view) this.put(this.view.centre());
    this.fileTarget.value = "";
    this.photographed();
    this.hereTarget.focus();
  }

  photographed() {
    const { empty, chosen } = this.fileWordsTarget.dataset;
    this.fileWordsTarget.textContent = this.fileTarget.files.length > 0 ? chosen : empty;
  }

  put(lonlat) {
    this.lonlat = lonlat;
    this.view.pin(lonlat, (moved) => { this.lonlat = moved; });
  }

  stop() {
    this.kind = null;
    this.view?.pin(null);
    this.barTarget.hidden = true;
    this.openTarget.hidden = false;
    this.openTarget.focus();
  }

  async report() {
    const [lon, lat] = this.lonlat;
    const body = { client_uuid: crypto.randomUUID(), kind: this.kind, lon, lat, is_private: this.privateTarget.checked };
    const [photo] = this.fileTarget.files;
    this.stop();
    if (!(await this.send(ADDRESS, body, "reported")) || !photo) return;
    const form = new FormData();
    form.append("file", photo);
    await this.send(`/app/api/hazards/${body.client_uuid}/photo`, form, "photo_kept");
  }

  look(id) {
    const hazard = this.hazards.get(id);
    if (!hazard) return;
    this.shown = id;
    const { kind, note, photo, seen, gone, reported_at, private: is_private } = hazard.properties;
    const { label, icon: name } = this.kinds.get(kind);
    this.cardIconTarget.replaceChildren(icon(name));
    this.cardKindTarget.textContent = label;
    this.noteTarget.textContent = note;
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" }).format(new Date(reported_at));
    const facts = [this.word("seen_at", { time }), seen ? this.word("seen_by", { count: seen }) : "", gone ? this.word("gone_by", { count: gone }) : "", is_private ? this.word("private") : ""];
    this.factsTarget.textContent = facts.filter(Boolean).join(" · ");
    this.photoTarget.hidden = !photo;
    if (photo) this.photoTarget.src = photo;
    this.cardTarget.showModal();
  }

  confirm() { this.answer("word", { client_uuid: crypto.randomUUID(), is_gone: false }, "confirmed"); }
  clear() { this.answer("clear", {}, "cleared"); }

  answer(verb, body, done) {
    this.cardTarget.close();
    return this.send(`${ADDRESS}/${this.shown}/${verb}`, body, done);
  }

  async send(url, body, done) {
    try {
      await request(url, { method: "POST", body });
      toast(this.word(done), { tone: "success" });
      return true;
    } catch (error) {
      toast(error.message, { tone: "danger" });
      return false;
    } finally {
      this.refresh();
    }
  }

  word(key, values = {}) { return this.wordsValue[key].replace(/\{(\w+)\}/g, (_match, name) => values[name] ?? ""); }
}

application.register("hazards", HazardsController);
