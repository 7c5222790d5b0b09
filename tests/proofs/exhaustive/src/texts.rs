//! Every sequence of some pieces up to a length.

use std::fmt::{self, Debug, Display};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// A text that is read in another way than the reference reads it.
#[derive(Debug)]
pub struct Difference {
    text: Vec<u8>,
    ours: String,
    reference: String,
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, ours, reference } = self;
        write!(f, "\"{}\": the crate says {ours}, the reference {reference}", text.escape_ascii())
    }
}

/// Whether two readings of a text are the same.
pub fn same<T: PartialEq + Debug>(text: &[u8], ours: &T, reference: &T) -> Result<(), Difference> {
    if ours == reference {
        return Ok(());
    }
    Err(Difference { text: text.to_vec(), ours: format!("{ours:?}"), reference: format!("{reference:?}") })
}

/// Checks `prefix`, then every sequence of at most `most` pieces, then `suffix`, on all processors. Returns how many
/// texts there were.
pub fn every(
    prefix: &[u8],
    pieces: &[&[u8]],
    most: usize,
    suffix: &[u8],
    check: impl Fn(&[u8]) -> Result<(), Difference> + Sync,
) -> Result<u64, Difference> {
    check(&[prefix, suffix].concat())?;
    if most == 0 {
        return Ok(1);
    }
    // The first two pieces divide the work.
    let next = AtomicUsize::new(0);
    let starts: Vec<Vec<&[u8]>> = pieces
        .iter()
        .flat_map(|first| pieces.iter().map(|second| vec![*first, *second]).chain([vec![*first]]))
        .filter(|start| start.len() <= most)
        .collect();
    let work = || -> Result<u64, Difference> {
        let mut count = 0;
        while let Some(start) = starts.get(next.fetch_add(1, Relaxed)) {
            let mut text = [prefix, &start.concat()].concat();
            let left = if start.len() == 2 { most - 2 } else { 0 };
            count += extended(&mut text, pieces, left, suffix, &check)?;
        }
        Ok(count)
    };
    on_all_processors(work).map(|count| count + 1)
}

/// Checks a text and each that is longer by at most `left` pieces.
fn extended(
    text: &mut Vec<u8>,
    pieces: &[&[u8]],
    left: usize,
    suffix: &[u8],
    check: &impl Fn(&[u8]) -> Result<(), Difference>,
) -> Result<u64, Difference> {
    let len = text.len();
    text.extend_from_slice(suffix);
    check(text)?;
    text.truncate(len);
    let mut count = 1;
    if left > 0 {
        for piece in pieces {
            text.extend_from_slice(piece);
            count += extended(text, pieces, left - 1, suffix, check)?;
            text.truncate(len);
        }
    }
    Ok(count)
}

/// Checks what `text` makes of each number below `total`, on all processors.
pub fn each_below(total: u64, check: impl Fn(u64) -> Result<(), Difference> + Sync) -> Result<u64, Difference> {
    const CHUNK: u64 = 1 << 16;
    let next = AtomicUsize::new(0);
    on_all_processors(|| {
        let mut count = 0;
        loop {
            let start = u64::try_from(next.fetch_add(1, Relaxed)).unwrap_or(u64::MAX).saturating_mul(CHUNK);
            if start >= total {
                return Ok(count);
            }
            for number in start..total.min(start + CHUNK) {
                check(number)?;
                count += 1;
            }
        }
    })
}

/// Runs the same work on all processors, and adds up what they count.
fn on_all_processors(work: impl Fn() -> Result<u64, Difference> + Sync) -> Result<u64, Difference> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(&work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    })
}
