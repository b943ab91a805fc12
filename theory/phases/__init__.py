"""Which natural solution wins where, exactly."""
