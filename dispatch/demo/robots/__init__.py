"""Robot merchants, riders and a coordinator who live a courier day through public HTTP only."""
