"""The riders' side: shifts, devices, pay and the phone page."""
