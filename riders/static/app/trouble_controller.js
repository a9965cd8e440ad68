/* Trouble: nobody home, an incident, an emergency. Beside the phone's controller, whose run and outbox it uses.
   A place is asked of the phone once here, also from riders who do not share theirs: they pressed the button. */

import { Controller } from "/static/vendor/stimulus.js";
import { toast } from "/static/js/controllers/toast_controller.js";
import { chosen } from "./photo.js";
import { lastPlace } from "./position.js";
import { field, show } from "./render.js";
import { kindOf, nextVerb } from "./run_model.js";
import { word } from "./words.js";

const PLACE_PATIENCE_MS = 60000; // nothing waits for it
const PROOF_OF = { neighbour: "name", safe_place: "photo" };
const PERSONAL = ["signature", "code", "age"];

export default class extends Controller {
  static targets = ["nobody", "incident", "sos", "onItsWay"];

  async start({ detail: { outbox, store, stream } }) {
    this.outbox = outbox;
    this.phone = this.application.getControllerForElementAndIdentifier(this.element, "phone");
    stream.addEventListener("changed", ({ detail }) => { if (detail === "HelpAnswered") toast(word("sos_answered")); });
    outbox.addEventListener("changed", () => this.drawOnItsWay());
    outbox.addEventListener("sent", ({ detail }) => this.heard(detail.item));
    this.drawOnItsWay();
    this.element.querySelector('[name="photo"]').addEventListener("change", (event) => this.preview(event.target));
    await this.goOnProving(await store.get("proving"));
  }

  /* The page was ended while the camera was open: the sheet is there again, with what was given already. */
  async goOnProving(stop_id) {
    const [stop] = this.phone.plan.stops;
    if (stop_id && stop?.id === stop_id && nextVerb(stop) === "complete") await this.phone.doing.complete(stop);
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
    const needed = [{ kind: PROOF_OF[params.with], task_id: stop.tasks[0].id, number: "" }];
    const proofs = await this.phone.proof_sheet.ask(`${stop.id}:${params.with}`, needed);
    if (proofs) await this.phone.doing.finish(stop, proofs, params.with);
  }

  bringBack() {
    this.nobodyTarget.close();
    this.phone.doing.fail("nobody_home", this.phone.troubled);
  }

  /* An incident: words now, the picture when everything else is out. */

  openIncident() {
    const form = this.incidentTarget.querySelector("form");
    form.reset();
    this.incidentTarget.querySelector("img").hidden = true;
    this.picture = null;
    this.incidentTarget.showModal();
  }

  async preview(input) {
    const picture = await chosen(input);
    if (picture === undefined) return;
    this.picture = picture;
    if (!this.picture) {
      toast(word("photo_unreadable"), { tone: "danger" });
      return;
    }
    const image = this.incidentTarget.querySelector("img");
    image.src = URL.createObjectURL(this.picture);
    image.hidden = false;
  }

  async report(event) {
    const given = new FormData(event.target);
    const picture = this.picture;
    const body = { kind: given.get("kind"), words: given.get("words").trim(), cannot_ride: given.has("cannot_ride") };
    const item = await this.tell(body, "incident");
    if (picture) await this.outbox.add({ kind: "picture", verb: "incident_photo", path: `/help/${item.body.client_uuid}/photo`, body: {}, blob: picture });
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
    await this.tell({ kind: "sos" }, "sos", this.place);
  }

  /* For as long as the co-op does not know. */
  drawOnItsWay() { this.onItsWayTarget.hidden = !this.outbox.items.some(({ verb }) => verb === "sos"); }

  heard({ kind, body }) {
    if (kind === "help" && body.kind === "sos") toast(word(body.lon === undefined ? "sos_sent" : "sos_placed"), { tone: "danger" });
  }

  /* On disk and on its way at once: a place may not come before the rider has answered the browser's question, or at all behind
     the dialler. One that is not known yet follows, under the same UUID. */
  async tell(body, verb, place = whereIAm()) {
    const known = await Promise.race([place, {}]);
    const item = await this.outbox.add({ kind: "help", verb, path: "/help", body: { ...body, ...known } });
    this.outbox.release();
    if (known.lon === undefined) this.tellWhere(item.body, place);
    return item;
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
