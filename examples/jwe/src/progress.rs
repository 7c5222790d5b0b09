//! One line on a terminal that shows how far a long task is.

use core::time::Duration;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

/// Bytes between two looks at the clock. Less than that never shows any progress.
pub(crate) const CHUNK: usize = 1 << 20;

/// What takes less is done before anybody wonders.
const PATIENCE: Duration = Duration::from_millis(500);

/// Often enough to be seen moving.
const REDRAW: Duration = Duration::from_millis(100);

/// From here on, encrypting and decrypting alone can take longer than [`PATIENCE`].
const MUCH: usize = 1 << 28;

/// One line on standard error that shows how far a long task is, and is removed afterwards. There is none unless
/// standard error is a terminal, because a log or a script would have to read it.
pub(crate) struct Progress {
    on: bool,
    drawn: bool,
    since: Instant,
    wait: Duration,
}

impl Progress {
    /// Fits a terminal of 80 columns.
    const WIDTH: usize = 76;

    pub(crate) fn new(quiet: bool) -> Self {
        let on = !quiet && io::stderr().is_terminal();
        Self { on, drawn: false, since: Instant::now(), wait: PATIENCE }
    }

    /// Shows how much is done, if it is much and time to.
    pub(crate) fn show(&mut self, what: &str, done: usize, total: Option<usize>) {
        if !self.on || done < CHUNK || self.since.elapsed() < self.wait {
            return;
        }
        let share = total.filter(|total| *total >= done).and_then(|total| {
            let percent = done.saturating_mul(100).checked_div(total)?;
            Some(format!(" of {total} bytes, {percent} %"))
        });
        self.draw(&format!("{what} {done}{}", share.as_deref().unwrap_or(" bytes")));
        (self.since, self.wait) = (Instant::now(), REDRAW);
    }

    /// Announces work that shows nothing until it is done.
    pub(crate) fn work(&mut self, what: &str, bytes: usize) {
        if self.drawn || bytes >= MUCH {
            self.draw(&format!("{what} {bytes} bytes"));
        }
    }

    /// Does work that shows nothing until it is done, and shows the seconds that it has taken.
    pub(crate) fn timed<T>(&mut self, what: &str, work: impl FnOnce() -> T) -> T {
        if !self.on {
            return work();
        }
        let (working, done) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                let start = Instant::now();
                loop {
                    self.draw(&format!("{what}, {} s", start.elapsed().as_secs()));
                    // The sender is dropped when the work ends, even by a panic.
                    if done.recv_timeout(Duration::from_secs(1)) != Err(RecvTimeoutError::Timeout) {
                        return self.clear();
                    }
                }
            });
            let result = work();
            drop(working);
            result
        })
    }

    fn draw(&mut self, text: &str) {
        if self.on {
            // Over the whole line, without the escape sequences that some terminals don't know.
            let _ = write!(io::stderr().lock(), "\r{:<1$}", format!("jwe: {text}"), Self::WIDTH);
            self.drawn = true;
        }
    }

    pub(crate) fn clear(&mut self) {
        if self.drawn {
            let _ = write!(io::stderr().lock(), "\r{:1$}\r", "", Self::WIDTH);
            self.drawn = false;
        }
    }

    pub(crate) fn stop(&mut self) {
        self.clear();
        self.on = false;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
