/* The rider's own live stream, resumed after the last event seen; `changed` says what to fetch anew, `times` brings them. */

const KINDS = ["RunChanged", "TaskMoved", "HelpAnswered", "OfferMade", "OfferAnswered", "OpenBoardChanged", "RiderNudged", "ShiftStarted", "ShiftEnded", "PeriodClosed", "HazardReported", "HazardChanged", "HazardOnTheWay", "reset"];
const FIRST_MS = 1000;
const LONGEST_MS = 30000;

export class Stream extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.wait_ms = FIRST_MS;
    this.last_id = "";
    const wake = () => { if (document.visibilityState === "visible" && this.state !== "open") this.open(); };
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
  }

  open() {
    this.source?.close();
    clearTimeout(this.timer);
    this.show("connecting");
    this.source = new EventSource(this.last_id ? `${this.url}?last_event_id=${this.last_id}` : this.url);
    this.source.onopen = () => {
      this.wait_ms = FIRST_MS;
      this.show("open");
      this.tell("opened");
    };
    this.source.onerror = () => this.failed();
    this.source.addEventListener("TimesMoved", (event) => this.dispatchEvent(new CustomEvent("times", { detail: JSON.parse(event.data).times })));
    for (const kind of KINDS) {
      this.source.addEventListener(kind, (event) => {
        if (event.lastEventId) this.last_id = event.lastEventId;
        if (kind === "HazardOnTheWay") this.dispatchEvent(new CustomEvent("hazard", { detail: JSON.parse(event.data) }));
        this.tell(kind);
      });
    }
  }

  failed() {
    this.source.close();
    this.show("closed");
    this.timer = setTimeout(() => this.open(), this.wait_ms);
    this.wait_ms = Math.min(this.wait_ms * 2, LONGEST_MS);
  }

  close() {
    this.source?.close();
    clearTimeout(this.timer);
    this.show("closed");
  }

  show(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  tell(kind) { this.dispatchEvent(new CustomEvent("changed", { detail: kind })); }
}
