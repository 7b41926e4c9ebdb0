//! The interactive screen: state, messages, a pure `update`, a pure `view`, and workers behind.
mod backend;

pub use backend::{
    AuditEvent, Backend, DECISION_TYPES, SourceView, WaiverForm, WaiverPreview, WaiverReceipt,
};
