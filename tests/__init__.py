"""Tests: unit (pure), integration (real services), functional (over HTTP), architecture (structure)."""
