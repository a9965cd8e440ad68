/* Stimulus, started once for whatever is on a page. The phone, which loads few behaviours, imports this and not app.js. */

import { Application } from "/static/vendor/stimulus.js";

export const application = Application.start();

/* Stimulus 3.2 keeps an element with an action for ever, though it has left the page: over a shift the phone would hold
   every card it ever drew. Its dispatcher knows how to let go, it only has to be told. */
const { dispatcher } = application;
const disconnect = dispatcher.bindingDisconnected.bind(dispatcher);
dispatcher.bindingDisconnected = (binding) => disconnect(binding, true);
