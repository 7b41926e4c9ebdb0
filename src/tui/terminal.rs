//! The terminal: taken at the start, given back whatever happens.
//!
//! Leaving is idempotent and needs no value, so that the guard, the panic hook and the signal thread can
//! all do it. The reader thread reads one event and waits for a grant before it reads the next: while a
//! key is being worked on, nobody reads, and a signing program or a shell has the terminal to itself.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, Event, MouseButton,
    MouseEventKind,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};

use super::msg::{Click, Msg};
use crate::text::SafeText;

/// Is the alternate screen up?
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Is the mouse ours while the screen is up?
static MOUSE: AtomicBool = AtomicBool::new(false);

/// A signing program has the terminal: an interrupt is for it.
static LENT: AtomicBool = AtomicBool::new(false);

/// How long the run loop may take to leave after a signal, before the signal thread does it.
const GRACE: Duration = Duration::from_millis(800);

/// Holds the terminal; gives it back when dropped.
pub(super) struct Guard;

impl Guard {
    pub(super) fn enter() -> io::Result<Self> {
        enter()?;
        Ok(Guard)
    }

    /// Runs `work` with the normal screen and the terminal's own line discipline.
    #[allow(clippy::unused_self)] // only who holds the terminal can lend it
    pub(super) fn lend<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        LENT.store(true, Ordering::SeqCst);
        leave();
        let result = work();
        LENT.store(false, Ordering::SeqCst);
        enter()?;
        Ok(result)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
    if MOUSE.load(Ordering::SeqCst) { mouse(true) } else { Ok(()) }
}

/// Gives the terminal back; does nothing when it was not taken.
pub(super) fn leave() {
    if ENTERED.swap(false, Ordering::SeqCst) {
        // Nothing better can be done when one of these fails.
        if MOUSE.load(Ordering::SeqCst) {
            let _ = execute!(io::stdout(), DisableMouseCapture);
        }
        let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

/// A panic of the run loop restores the terminal before it is told; a worker's panic becomes a message
/// on the screen and prints nothing here.
pub(super) fn install_panic_hook() {
    let owner: ThreadId = thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().id() != owner {
            return;
        }
        leave();
        let text = SafeText::prose(&info.to_string().replace('\n', " "));
        let _ = writeln!(io::stderr(), "probity: internal error: {text}");
    }));
}

/// Reads keys on a thread. The sender that comes back grants one further event each time.
pub(super) fn read_events(out: Sender<Msg>) -> io::Result<Sender<()>> {
    let (grant, granted) = channel();
    thread::Builder::new().name("probity-keys".to_owned()).spawn(move || {
        loop {
            let message = match crossterm::event::read() {
                Ok(Event::Key(key)) => Msg::Key(key),
                Ok(Event::Paste(text)) => Msg::Paste(text),
                Ok(Event::Mouse(event)) => match click(event.kind) {
                    Some(click) => Msg::Mouse(click, event.column, event.row),
                    None => continue,
                },
                Ok(Event::Resize(width, height)) => Msg::Resize(width, height),
                Ok(_) => continue,
                // Without a terminal there is nothing to wait for.
                Err(_) => Msg::Terminate(None),
            };
            let last = matches!(message, Msg::Terminate(_));
            if out.send(message).is_err() || last || granted.recv().is_err() {
                return;
            }
        }
    })?;
    Ok(grant)
}

fn click(kind: MouseEventKind) -> Option<Click> {
    match kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Click::Press),
        MouseEventKind::ScrollUp => Some(Click::WheelUp),
        MouseEventKind::ScrollDown => Some(Click::WheelDown),
        _ => None,
    }
}

/// Takes the mouse from the terminal, or gives it back.
pub(super) fn mouse(on: bool) -> io::Result<()> {
    MOUSE.store(on, Ordering::SeqCst);
    if on { execute!(io::stdout(), EnableMouseCapture) } else { execute!(io::stdout(), DisableMouseCapture) }
}

#[cfg(unix)]
pub(super) fn watch_signals(out: Sender<Msg>) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT])?;
    thread::Builder::new().name("probity-signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            if signal == SIGINT && LENT.load(Ordering::SeqCst) {
                continue;
            }
            let told = out.send(Msg::Terminate(Some(signal))).is_ok();
            if told {
                thread::sleep(GRACE);
            }
            // Still here: the loop is stuck. Leave without it.
            leave();
            std::process::exit(128 + signal);
        }
    })?;
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn watch_signals(_: Sender<Msg>) -> io::Result<()> {
    Ok(())
}

/// Stops the process as the shell's job control expects; returns after `fg`.
pub(super) fn suspend(guard: &Guard) -> io::Result<()> {
    guard.lend(|| {
        #[cfg(unix)]
        let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP);
    })
}

/// OSC 52: the terminal's clipboard. The payload is base64, so it cannot act.
pub(super) fn copy(text: &SafeText) -> io::Result<()> {
    let mut out = io::stdout();
    write!(out, "\x1b]52;c;{}\x1b\\", base64(text.as_str().as_bytes()))?;
    out.flush()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = usize::try_from(group >> (18 - 6 * digit) & 63).unwrap_or(0);
            let letter = ALPHABET.get(index).filter(|_| digit <= chunk.len());
            out.push(letter.map_or('=', |letter| char::from(*letter)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_rfc() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
