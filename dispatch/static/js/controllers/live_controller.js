/* Follows one server-sent event stream and repeats each event as a DOM event `live:<name>` on document.
   <body data-controller="live" data-live-url-value="/board/stream" data-live-since-value="1042"
         data-live-events-value='["run_changed", "order_changed"]'>
     <span class="live-state" data-live-target="state"></span>
   detail: {id, data}. `live:reset` says that events were missed, or that there is no stream to be had now and then is all there is:
   fetch anew. Resumes after the last event seen: the browser sends
   Last-Event-ID by itself, and a stream that had to be opened again carries ?last_event_id=. */

import { Controller } from "/static/vendor/stimulus.js";
import { text } from "/static/js/text.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;
const SILENCE_MS = 45000; // beats are comments, which scripts do not see: silence is doubted only when the page is looked at again

export default class extends Controller {
  static targets = ["state"];
  static values = { url: String, since: String, events: Array };

  connect() {
    this.last_id = this.sinceValue;
    this.wait_ms = FIRST_WAIT_MS;
    this.heard_at = performance.now();
    this.woken = () => {
      const is_doubtful = this.state !== "open" || performance.now() - this.heard_at > SILENCE_MS;
      if (document.visibilityState === "visible" && is_doubtful) this.open();
    };
    document.addEventListener("visibilitychange", this.woken);
    window.addEventListener("online", this.woken);
    this.open();
  }

  disconnect() {
    document.removeEventListener("visibilitychange", this.woken);
    window.removeEventListener("online", this.woken);
    this.close();
  }

  open() {
    this.close();
    this.show("connecting");
    const url = new URL(this.urlValue, window.location.href);
    if (this.last_id) url.searchParams.set("last_event_id", this.last_id);
    this.source = new EventSource(url);
    this.source.onopen = () => {
      this.wait_ms = FIRST_WAIT_MS;
      this.heard_at = performance.now();
      if (this.was_refused && !this.last_id) this.fetchAnew();
      this.was_refused = false;
      this.show("open");
    };
    this.source.onerror = () => this.failed();
    this.source.onmessage = (event) => this.tell("message", event);
    for (const name of [...this.eventsValue, "reset"]) {
      this.source.addEventListener(name, (event) => this.tell(name, event));
    }
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  /* The browser tries again by itself after a dropped line; after a refusal (readyState CLOSED) we do, slower each time. */
  failed() {
    if (this.source?.readyState !== EventSource.CLOSED) return this.show("connecting");
    this.close();
    this.show("closed");
    this.was_refused = true;
    this.fetchAnew();
    this.timer = setTimeout(() => this.open(), this.wait_ms * (0.75 + Math.random() / 2));
    this.wait_ms = Math.min(this.wait_ms * 2, LONGEST_WAIT_MS);
  }

  fetchAnew() { this.tell("reset", { lastEventId: "", data: "{}" }); }

  tell(name, event) {
    this.heard_at = performance.now();
    if (event.lastEventId) this.last_id = event.lastEventId;
    let data = event.data;
    try { data = JSON.parse(event.data); } catch { /* plain text is fine */ }
    this.dispatch(name, { prefix: "live", target: document, detail: { id: event.lastEventId, data } });
  }

  show(state) {
    if (state === this.state) return;
    this.state = state;
    for (const element of this.stateTargets) {
      element.dataset.state = state;
      element.textContent = text(`live_${state}`);
    }
    this.dispatch("state", { prefix: "live", target: document, detail: { state } });
  }
}
