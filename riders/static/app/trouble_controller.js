/* Trouble: nobody home, an incident, an emergency. Beside the phone's controller, whose run and outbox it uses.
   A place is asked of the phone once here, also from riders who do not share theirs: they pressed the button. */

import { Controller } from "/static/vendor/stimulus.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { draftKey, ofDraft } from "./parcels.js";
import { chosen, display } from "./photo.js";
import { lastPlace } from "./position.js";
import { field, show } from "./render.js";
import { kindOf, nextVerb } from "./run_model.js";
import { word } from "./words.js";

const PLACE_PATIENCE_MS = 60000; // nothing waits for it
const INCIDENT = "incident"; // the name of its draft
const PROOF_OF = { neighbour: "name", safe_place: "photo" };
const PERSONAL = ["signature", "code", "age"];

export default class extends Controller {
  static targets = ["nobody", "incident", "sos", "onItsWay", "camera"];

  async start({ detail: { outbox, store, stream } }) {
    Object.assign(this, { outbox, store });
    this.phone = this.application.getControllerForElementAndIdentifier(this.element, "phone");
    stream.addEventListener("changed", ({ detail }) => { if (detail === "HelpAnswered") toast(word("sos_answered")); });
    outbox.addEventListener("changed", () => this.drawOnItsWay());
    outbox.addEventListener("sent", ({ detail }) => this.heard(detail.item));
    this.drawOnItsWay();
    const form = this.incidentTarget.querySelector("form");
    form.addEventListener("input", () => this.keepIncident());
    form.querySelector('[name="photo"]').addEventListener("change", (event) => this.preview(event.target));
    this.incidentTarget.addEventListener("close", () => store.dropDraft(INCIDENT));
    await this.goOnProving(await store.get("proving"));
    const told = await store.draft(INCIDENT);
    if (told) this.openIncident(null, told);
  }

  /* The page was ended while the camera was open: the sheet is there again, with what was given already. */
  async goOnProving(key) {
    const kept = key && ofDraft(key, this.phone.plan.stops[0]);
    if (!kept) return;
    if (kept.left) await this.leaveWith(kept.stop, kept.left);
    else if (nextVerb(kept.stop) === "complete") await this.phone.doing.complete(kept.stop);
  }

  close(event) { event.currentTarget.closest("dialog").close(); }

  /* Nobody home */

  nobodyHome(event) {
    const stop = this.phone.troubled;
    this.element.querySelector('[data-phone-target="fail"]').close();
    if (stop.tasks.length === 0) return;
    if (kindOf(stop) !== "dropoff") {
      this.phone.fail(event);
      return;
    }
    const dialog = this.nobodyTarget;
    const number = stop.tasks[0].contact_phone;
    for (const [name, scheme] of [["nobody_call", "tel"], ["nobody_message", "sms"]]) {
      show(dialog, name, Boolean(number));
      field(dialog, name).href = `${scheme}:${number}`;
    }
    show(dialog, "nobody_no_phone", !number);
    const is_personal = stop.tasks.some((task) => task.has_code || task.required_proof.some((kind) => PERSONAL.includes(kind)));
    show(dialog, "nobody_leave", !is_personal);
    show(dialog, "nobody_personal", is_personal);
    dialog.showModal();
  }

  async leave({ params }) {
    const stop = this.phone.troubled;
    this.nobodyTarget.close();
    if (stop.tasks.length === 0) return;
    await this.leaveWith(stop, params.with);
  }

  async leaveWith(stop, left) {
    const needed = [{ kind: PROOF_OF[left], task_id: stop.tasks[0].id, number: "" }];
    const proofs = await this.phone.proof_sheet.ask(draftKey(stop, left), needed);
    if (proofs) await this.phone.doing.finish(stop, proofs, left);
  }

  bringBack() {
    this.nobodyTarget.close();
    this.phone.doing.fail("nobody_home", this.phone.troubled);
  }

  /* A photo that nobody asked for: of the stop that was shown when the camera was opened. */

  openCamera() {
    this.pictured = this.phone.plan.stops[0].tasks[0].id;
    this.cameraTarget.click();
  }

  async photo({ target }) {
    const blob = await chosen(target);
    if (blob === undefined) return;
    target.value = ""; // the same picture may be chosen again
    if (blob) await this.phone.doing.photo(this.pictured, blob);
    else toast(word("photo_unreadable"), { tone: "danger" });
  }

  /* An incident: words now, the picture when everything else is out. */

  /* `told`: what was filled in when the page was ended, with the camera open perhaps. */
  openIncident(_event, { kind = "", words = "", cannot_ride = false, picture = null } = {}) {
    const form = this.incidentTarget.querySelector("form");
    form.reset();
    if (kind) form.elements.kind.value = kind;
    form.elements.words.value = words;
    form.elements.cannot_ride.checked = cannot_ride;
    this.showPicture(picture);
    this.incidentTarget.showModal();
  }

  async keepIncident() {
    const { kind, words, cannot_ride } = this.incidentTarget.querySelector("form").elements;
    await this.store.saveDraft(INCIDENT, { kind: kind.value, words: words.value, cannot_ride: cannot_ride.checked, picture: this.picture });
  }

  showPicture(picture) {
    this.picture = picture;
    const image = this.incidentTarget.querySelector("img");
    image.hidden = !picture;
    display(image, picture);
  }

  async preview(input) {
    const picture = await chosen(input);
    if (picture === undefined) return;
    if (!picture) toast(word("photo_unreadable"), { tone: "danger" });
    this.showPicture(picture);
    await this.keepIncident();
  }

  async report(event) {
    const given = new FormData(event.target);
    const picture = this.picture;
    const body = { kind: given.get("kind"), words: given.get("words").trim(), cannot_ride: given.has("cannot_ride") };
    await this.tell(body, "incident", { picture });
    toast(word("incident_sent"));
  }

  /* An emergency: the call is the link's own doing; the alarm goes out beside it, before everything that waits. */

  openSos() {
    this.sosTarget.showModal();
    this.place = whereIAm(); // ask while the rider looks for the button
  }

  async sos() {
    this.sosTarget.close();
    toast(word("sos_going"), { tone: "danger" });
    await this.tell({ kind: "sos" }, "sos", { place: this.place });
  }

  /* For as long as the co-op does not know. */
  drawOnItsWay() { this.onItsWayTarget.hidden = !this.outbox.items.some(({ verb }) => verb === "sos"); }

  heard({ kind, body }) {
    if (kind === "help" && body.kind === "sos") toast(word(body.lon === undefined ? "sos_sent" : "sos_placed"), { tone: "danger" });
  }

  /* On disk and on its way at once: a place may not come before the rider has answered the browser's question, or at all behind
     the dialler. One that is not known yet follows, under the same UUID. */
  async tell(body, verb, { place = whereIAm(), picture = null }) {
    const known = await Promise.race([place, {}]);
    const with_uuid = crypto.randomUUID();
    const told = { kind: "help", verb, path: "/help", body: { client_uuid: with_uuid, ...body, ...known } };
    const photo = { kind: "picture", verb: "incident_photo", path: `/help/${with_uuid}/photo`, body: {}, blob: picture, with_uuid };
    const [item] = await this.outbox.addAll(picture ? [told, photo] : [told]);
    this.outbox.release();
    if (known.lon === undefined) this.tellWhere(item.body, place);
  }

  async tellWhere(body, place) {
    const found = await place;
    if (found.lon !== undefined) await this.outbox.add({ kind: "help", verb: "whereabouts", path: "/help", body: { ...body, ...found } });
  }
}

/* {lon, lat}, or {} if the phone does not know in time. */
function whereIAm() {
  const known = lastPlace();
  if (known.lon !== undefined || !navigator.geolocation) return Promise.resolve(known);
  return new Promise((done) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ lon: coords.longitude, lat: coords.latitude }),
      () => done({}),
      { enableHighAccuracy: true, maximumAge: 60000, timeout: PLACE_PATIENCE_MS },
    );
  });
}
