//! Objects, their addresses and references.
