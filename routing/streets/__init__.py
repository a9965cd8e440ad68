"""Bike streets from one OpenStreetMap extract: graph, profiles, hazards, travel times and legs."""
