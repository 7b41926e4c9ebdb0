//! A program in a pseudo-terminal, and what a person would see of it.
#![allow(dead_code)] // each test file uses a part
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a helper of tests only

use std::io::{Read as _, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Generous: the machine may be busy. Nothing sleeps for it; waiting ends with what is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program in a pseudo-terminal and the screen that a terminal would show.
pub struct Terminal {
    keys: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    pub screen: vt100::Parser,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Terminal {
    pub fn open(command: CommandBuilder, rows: u16, cols: u16) -> Self {
        Self::start(command, rows, cols, None)
    }

    /// A terminal that has all colours.
    pub fn colourful(command: CommandBuilder, rows: u16, cols: u16) -> Self {
        Self::start(command, rows, cols, Some("truecolor"))
    }

    fn start(mut command: CommandBuilder, rows: u16, cols: u16, colours: Option<&str>) -> Self {
        let pair =
            native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        match colours {
            Some(colours) => command.env("COLORTERM", colours),
            None => command.env_remove("COLORTERM"),
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(rows, cols, 0);
        Self { keys, bytes, screen, child, master: pair.master }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Presses escape and lets the program take it alone: what follows at once would be one key with it.
    pub fn escape(&mut self) {
        self.press("\x1b");
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(100)) {
            self.screen.process(&bytes);
        }
    }

    /// Takes in all that is on its way, until nothing more comes for a moment.
    pub fn settle(&mut self) {
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(500)) {
            self.screen.process(&bytes);
        }
    }

    pub fn resize(&mut self, rows: u16, cols: u16) {
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        self.screen.screen_mut().set_size(rows, cols);
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// The terminal goes away, as when its window is closed; waits for the end of the program.
    pub fn close(self) -> portable_pty::ExitStatus {
        let Self { keys, bytes, master, mut child, .. } = self;
        drop((keys, master, bytes));
        child.wait().unwrap()
    }

    pub fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    pub fn wait_for(&mut self, wanted: &str) {
        self.wait_until(wanted, true);
    }

    pub fn wait_until_gone(&mut self, unwanted: &str) {
        self.wait_until(unwanted, false);
    }

    fn wait_until(&mut self, wanted: &str, there: bool) {
        self.wait(wanted, |shown| shown.contains(wanted) == there);
    }

    /// Waits until the screen is another one.
    pub fn wait_for_change(&mut self, before: &str) {
        self.wait("another screen", |shown| shown != before);
    }

    fn wait(&mut self, wanted: &str, come: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !come(&self.shown()) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(error) => panic!("`{wanted}` did not come or go ({error}):\n{}", self.shown()),
            }
        }
    }

    /// Waits for the end of the program; gives whether it succeeded.
    pub fn wait_for_end(&mut self) -> bool {
        self.exit_code() == 0
    }

    /// Waits for the end of the program.
    pub fn exit_code(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(200)) {
                    self.screen.process(&bytes);
                }
                return status.exit_code();
            }
            assert!(Instant::now() < deadline, "it did not end:\n{}", self.shown());
            if let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(50)) {
                self.screen.process(&bytes);
            }
        }
    }
}
