"""Shifts as they are agreed and ridden: published ones, availability, the bike of the day, and breaks."""
