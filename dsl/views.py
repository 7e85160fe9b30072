"""Which text governs (semantics, section 4)."""
