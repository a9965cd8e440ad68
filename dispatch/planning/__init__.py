"""The one place where orders, riders and routing meet."""
