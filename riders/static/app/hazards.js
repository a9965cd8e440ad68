/* Hazards on the phone: report one by two taps (what, where), see those of others, say whether they are still there.
   Everything is said through the outbox, so it works in a tunnel; what is unsent is on the rider's own map already. */

import { icon } from "/static/js/icon.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { announce } from "./alerts.js";
import { now, timeOfDay } from "./clock.js";
import { call } from "./net.js";
import { chosen } from "./photo.js";
import { field, fill, show } from "./render.js";
import { word } from "./words.js";

const ADDRESS = "/geo/hazards";
const LOOK_AGAIN_MS = 60_000; // nobody says so when a hazard's time is over

export class Hazards {
  /* phone: what the page's controller lends: store, outbox, map, whereabouts(), openMap(), flash element. */
  constructor(root, phone) {
    this.phone = phone;
    this.known = [];
    [this.choice, this.bar, this.card] = ["choice", "bar", "card"].map((part) => root.querySelector(`[data-hazard-part="${part}"]`));
    this.icons = JSON.parse(this.choice.dataset.icons);
    root.addEventListener("click", (event) => this.tapped(event.target.closest("[data-hazard]")));
    this.bar.querySelector("input[type=file]").addEventListener("change", (event) => this.photographed(event.target));
    phone.map.onHazard = (id) => this.look(id);
    phone.map.onTap = (lonlat) => { if (this.kind) this.put(lonlat); };
    phone.outbox.addEventListener("changed", () => this.draw());
    setInterval(() => this.draw(), LOOK_AGAIN_MS);
    phone.outbox.addEventListener("sent", ({ detail }) => { if (detail.item.kind === "hazard" || detail.item.verb === "hazard_photo") this.refresh(); });
  }

  restore(kept) {
    this.known = kept ?? [];
    this.draw();
  }

  async refresh() {
    const answer = await call(ADDRESS).catch(() => null);
    if (!answer) return;
    this.known = answer.features.map(({ id, geometry: { coordinates: [lon, lat] }, properties }) => ({ id, lon, lat, ...properties }));
    this.phone.store.set("hazards", this.known);
    this.draw();
  }

  /* What the server knows and is not over, without what this phone has ended and with what it has reported meanwhile. */
  get all() {
    const unsent = this.phone.outbox.items.filter((item) => item.kind === "hazard" && item.state === "waiting");
    const mine = unsent.filter((item) => item.verb === "hazard").map(({ body, device_at }) => ({ ...body, id: body.client_uuid, reported_at: device_at, seen: 0, gone: 0, is_unsent: true }));
    const words = new Map(unsent.filter((item) => item.verb !== "hazard").map((item) => [item.hazard_id, item.verb]));
    const known = this.known.filter(({ id, expires_at }) => Date.parse(expires_at) > now().getTime() && !mine.some((own) => own.id === id));
    return [...known, ...mine].map((hazard) => ({ ...hazard, word: words.get(hazard.id) ?? hazard.word }));
  }

  draw() { this.phone.map.setHazards(this.all.filter(({ word: said }) => said !== "gone")); }

  /* A new hazard crosses the way that this phone has shown. */
  warn({ kind }) {
    announce(this.phone.flash);
    toast(word("hazard_ahead", { hazard: word(`hazard_${kind}`) }), { tone: "danger", action: { label: word("on_the_map"), run: () => this.phone.openMap() } });
  }

  tapped(element) {
    const { hazard: what } = element?.dataset ?? {};
    if (what === "report") this.choice.showModal();
    else if (what === "kind") this.choose(element.dataset.kind);
    else if (what === "here") this.report();
    else if (what === "cancel") this.stop();
    else if (what === "seen" || what === "gone") this.say(this.shown, what);
    else if (what === "close") element.closest("dialog").close();
  }

  /* First tap: what it is. The map opens with a pin where the rider is. */
  async choose(kind) {
    this.choice.close();
    this.kind = kind;
    this.photo = null;
    this.phone.flash.ownerDocument.body.classList.add("is-placing");
    field(this.bar, "kind_icon").replaceChildren(icon(this.icons[kind]));
    fill(this.bar, { kind: word(`hazard_${kind}`) });
    this.bar.hidden = false;
    this.lonlat = this.phone.whereabouts();
    this.mark();
    await this.phone.openMap();
    const place = this.lonlat ?? this.phone.map.middle();
    if (place && this.kind) this.put(place, true);
  }

  put(lonlat, is_first = false) {
    this.lonlat = lonlat;
    this.phone.map.place(lonlat, (moved) => { this.lonlat = moved; }, is_first);
    this.mark();
  }

  mark() {
    const button = this.bar.querySelector('[data-hazard="here"]');
    button.disabled = !this.lonlat;
    fill(this.bar, { hint: word(this.lonlat ? "hazard_where" : "hazard_nowhere") });
    show(this.bar, "has_photo", Boolean(this.photo));
  }

  async photographed(input) {
    const photo = await chosen(input);
    if (photo === undefined) return;
    if (!photo) toast(word("photo_unreadable"), { tone: "danger" });
    this.photo = photo;
    input.value = "";
    this.mark();
  }

  /* Second tap: where. */
  async report() {
    const [lon, lat] = this.lonlat;
    const { kind, photo } = this;
    const is_private = this.choice.querySelector("input[name=is_private]").checked;
    this.stop();
    const id = crypto.randomUUID();
    const said = { kind: "hazard", verb: "hazard", path: ADDRESS, body: { client_uuid: id, kind, lon: round(lon), lat: round(lat), is_private } };
    const picture = { kind: "picture", verb: "hazard_photo", path: `/hazards/${id}/photo`, body: { kind: "photo" }, blob: photo, with_uuid: id };
    const [item] = await this.phone.outbox.addAll(photo ? [said, picture] : [said]);
    toast(word("hazard_thanks"), { action: { label: word("undo"), run: () => this.takeBack(item) } });
  }

  async takeBack(item) {
    if (!(await this.phone.outbox.takeBack(item.seq))) await this.say({ id: item.body.client_uuid }, "gone");
  }

  stop() {
    this.kind = null;
    this.bar.hidden = true;
    this.phone.flash.ownerDocument.body.classList.remove("is-placing");
    this.phone.map.place(null);
  }

  look(id) {
    this.shown = this.all.find((hazard) => hazard.id === id);
    if (!this.shown || this.kind) return;
    const { kind, note, reported_at, seen, gone, photo, word: said } = this.shown;
    field(this.card, "kind_icon").replaceChildren(icon(this.icons[kind]));
    const votes = [seen ? word("hazard_seen_by", { count: seen }) : "", gone ? word("hazard_gone_by", { count: gone }) : ""].filter(Boolean).join(" · ");
    fill(this.card, { kind: word(`hazard_${kind}`), note, reported: word("hazard_reported", { time: timeOfDay(reported_at) }), votes });
    const image = this.card.querySelector("img");
    image.hidden = !photo;
    if (photo) image.src = photo;
    for (const button of this.card.querySelectorAll("[aria-pressed]")) button.setAttribute("aria-pressed", String(button.dataset.hazard === said));
    this.card.showModal();
  }

  async say({ id }, what) {
    this.card.close();
    const item = await this.phone.outbox.add({ kind: "hazard", verb: what, path: `${ADDRESS}/${id}/word`, body: { is_gone: what === "gone" }, hazard_id: id });
    toast(word(what === "gone" ? "hazard_said_gone" : "hazard_said_seen"));
    return item;
  }
}

function round(degrees) { return Math.round(degrees * 1e6) / 1e6; }
