/* The large button and the one beside it: one tap at a time, and none just after they came to mean something else, or came out
   from under a dialog. The second of two quick taps, or one that was on its way while the plan moved, was not meant for what
   stands there now. */

const SETTLES_MS = 400;

export class OneTap {
  constructor(bar, page) {
    this.bar = bar;
    this.meaning = null;
    page.addEventListener("close", () => this.settle(), { capture: true }); // of a dialog: it does not bubble
  }

  /* What a tap would do; null while there is nothing to tap. */
  means(meaning) {
    if (meaning === this.meaning) return;
    if (meaning && this.meaning) this.settle();
    this.meaning = meaning;
  }

  settle() {
    clearTimeout(this.timer);
    this.bar.dataset.settling = "true"; // the style sheet lets no finger through
    this.timer = setTimeout(() => { delete this.bar.dataset.settling; }, SETTLES_MS);
  }

  async take(act) {
    if (!this.bar.dataset.settling) await this.once(act);
  }

  /* Not while another is being kept: of a button that goes with its own tap. */
  async once(act) {
    if (this.is_busy) return;
    this.is_busy = true;
    try {
      await act();
    } finally {
      this.is_busy = false;
    }
  }
}
