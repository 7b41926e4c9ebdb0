//! Overlays and what they render to.
