"""The merchants' side: API, portal, quotes, tariffs, webhooks."""
