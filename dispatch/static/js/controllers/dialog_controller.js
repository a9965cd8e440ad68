/* Opens and closes a <dialog>; focus and Escape are the browser's own.
   <div data-controller="dialog">
     <button data-action="dialog#open">…</button>
     <dialog class="dialog" data-dialog-target="dialog" data-action="click->dialog#outside">…
       <button data-action="dialog#close">…</button></dialog></div>
   data-dialog-open-value="true" opens it at once (a form that came back with errors). */

import { Controller } from "/static/vendor/stimulus.js";

export default class extends Controller {
  static targets = ["dialog"];
  static values = { open: Boolean };

  connect() { if (this.openValue) this.open(); }
  disconnect() { if (this.dialogTarget.open) this.dialogTarget.close(); }

  open(event) {
    event?.preventDefault();
    if (!this.dialogTarget.open) this.dialogTarget.showModal();
  }

  close(event) {
    event?.preventDefault();
    this.dialogTarget.close();
  }

  outside(event) { if (event.target === this.dialogTarget) this.dialogTarget.close(); }
}
