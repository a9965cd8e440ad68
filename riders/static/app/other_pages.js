/* The other pages of a rider on one phone, a tab beside the page on the home screen: one of them sends at a time, and each hears
   what another did. What two of them send all the same the server knows by its UUID. */

const PATIENCE_MS = 3000; // the phone may have put that page to sleep

export class OtherPages {
  constructor(member_id) {
    this.name = `paceline-${member_id}`;
    this.channel = new BroadcastChannel(this.name);
  }

  tell(name, detail = null) { this.channel.postMessage({ name, detail }); }

  hear(act) { this.channel.addEventListener("message", ({ data }) => act(data)); }

  /* Does it while no other page does, or when one has taken too long. */
  async alone(work) {
    let is_begun = false;
    const begin = () => {
      is_begun = true;
      return work();
    };
    try {
      return await navigator.locks.request(this.name, { signal: AbortSignal.timeout(PATIENCE_MS) }, begin);
    } catch (error) {
      if (is_begun) throw error;
      return work(); // no lock to be had: not in time, or not from this browser
    }
  }
}
