//! Where a test ends a commit half-way, as a crash would: nothing is undone. The program itself has nothing here.

#[cfg(not(test))]
pub(super) fn after(_: &str) {}

#[cfg(test)]
pub(super) use armed::{AT, after};

#[cfg(test)]
mod armed {
    use std::cell::Cell;

    thread_local! {
        /// The step after which this thread's next commit ends.
        pub static AT: Cell<&'static str> = const { Cell::new("") };
    }

    pub fn after(step: &str) {
        assert!(AT.get() != step, "crash after {step}");
    }
}
