"""Everything about place: city import, map, addresses, zones, hazards, travel times."""
