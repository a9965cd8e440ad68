"""Tenancy: co-ops, their people, roles and sign-in."""
