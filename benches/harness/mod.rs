//! Timing of several contestants in turn, for ratios that hold on a machine with other work to do.
//!
//! A row is timed in rounds. In each round every contestant runs a few short batches, all batches of the round in
//! random order; the fastest batch of a contestant is its time in that round, because what disturbs a batch makes
//! it slower, never faster. A ratio is taken within a round, where both sides saw the same machine. What is printed
//! is the median over the rounds, with the lower and upper quartile of the ratio as its spread.

use std::time::{Duration, Instant};

/// Runs an operation a number of times and says how long that took.
type Batch<'a> = Box<dyn FnMut(u64) -> Duration + 'a>;

/// One way to do a row's work.
pub struct Contestant<'a> {
    name: &'static str,
    batch: Batch<'a>,
}

impl<'a> Contestant<'a> {
    /// Times `operation` in this process.
    pub fn new<T>(name: &'static str, mut operation: impl FnMut() -> T + 'a) -> Self {
        Self::batched(name, move |iterations| {
            let start = Instant::now();
            for _ in 0..iterations {
                std::hint::black_box(operation());
            }
            start.elapsed()
        })
    }

    /// Leaves the timing to `batch`, for a contestant that runs elsewhere.
    pub fn batched(name: &'static str, batch: impl FnMut(u64) -> Duration + 'a) -> Self {
        Self { name, batch: Box::new(batch) }
    }
}

/// How long a row may take.
#[derive(Clone, Copy)]
pub struct Effort {
    /// For one contestant, all rounds together.
    pub per_contestant: Duration,
    /// The length to aim at for one batch.
    pub batch: Duration,
}

impl Effort {
    /// About a second and a half for each contestant, or what `JWE_BENCH_SECONDS` says.
    pub fn from_env() -> Self {
        let seconds = std::env::var("JWE_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1.5);
        Self { per_contestant: Duration::from_secs_f64(seconds), batch: Duration::from_micros(200) }
    }
}

/// Batches of one contestant in one round.
const BATCHES: u64 = 5;

/// What a row's contestants took.
pub struct Race {
    names: Vec<&'static str>,
    /// Nanoseconds for one operation: a line for each round, a column for each contestant.
    rounds: Vec<Vec<f64>>,
}

/// A ratio of two contestants' times.
#[derive(Clone, Copy)]
pub struct Ratio {
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} ({:.3}–{:.3})", self.median, self.low, self.high)
    }
}

impl Race {
    /// Times `contestants` in turn.
    pub fn run(mut contestants: Vec<Contestant<'_>>, effort: Effort) -> Self {
        let iterations: Vec<u64> = contestants.iter_mut().map(|c| calibrate(c, effort.batch)).collect();
        let mut order: Vec<usize> = (0..contestants.len()).flat_map(|i| [i; BATCHES as usize]).collect();
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let count = contestants.len() as u32;
        let (start, budget) = (Instant::now(), effort.per_contestant * count);
        let mut rounds = Vec::new();
        while rounds.len() < 15 || (start.elapsed() < budget && rounds.len() < 2000) {
            random.shuffle(&mut order);
            let mut round = vec![f64::INFINITY; contestants.len()];
            for &i in &order {
                let took = (contestants[i].batch)(iterations[i]).as_secs_f64() * 1e9 / iterations[i] as f64;
                round[i] = round[i].min(took);
            }
            rounds.push(round);
        }
        Self { names: contestants.iter().map(|c| c.name).collect(), rounds }
    }

    /// Nanoseconds for one operation of the contestant `name`.
    pub fn ns(&self, name: &str) -> Option<f64> {
        let i = self.column(name)?;
        Some(quantile(self.rounds.iter().map(|round| round[i]).collect(), 0.5))
    }

    /// The time of `a` over that of `b`.
    pub fn ratio(&self, a: &str, b: &str) -> Option<Ratio> {
        let (a, b) = (self.column(a)?, self.column(b)?);
        let at = |q| quantile(self.rounds.iter().map(|round| round[a] / round[b]).collect(), q);
        Some(Ratio { median: at(0.5), low: at(0.25), high: at(0.75) })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }
}

/// How many operations make a batch of the length `batch`, after a warm-up.
fn calibrate(contestant: &mut Contestant<'_>, batch: Duration) -> u64 {
    let mut iterations = 1;
    loop {
        let took = (contestant.batch)(iterations).min((contestant.batch)(iterations));
        if took >= batch / 2 {
            let each = took.as_secs_f64() / iterations as f64;
            return ((batch.as_secs_f64() / each).round() as u64).max(1);
        }
        iterations *= 2;
    }
}

/// The quantile `q` of `values`.
pub fn quantile(mut values: Vec<f64>, q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * q).round() as usize]
}

/// Nanoseconds as a table shows them.
pub fn show_ns(ns: Option<f64>) -> String {
    match ns {
        None => "–".into(),
        Some(ns) if ns < 1e4 => format!("{ns:.0} ns"),
        Some(ns) if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        Some(ns) => format!("{:.2} ms", ns / 1e6),
    }
}

/// A ratio as a table shows it.
pub fn show_ratio(ratio: Option<Ratio>) -> String {
    ratio.map_or_else(|| "–".into(), |ratio| ratio.to_string())
}

/// Whether the median of each ratio keeps below its target; no verdict where the middle half of the rounds spreads
/// over more than a tenth around the target, as it does on a busy machine.
pub fn verdict(judged: &[(Option<Ratio>, f64)]) -> &'static str {
    let noisy = |(ratio, target): &(Option<Ratio>, f64)| {
        ratio.is_some_and(|r| r.low <= *target && *target <= r.high && r.high - r.low > 0.1 * r.median)
    };
    if judged.is_empty() {
        "–"
    } else if judged.iter().any(noisy) {
        "too noisy to say"
    } else if judged.iter().all(|(ratio, target)| ratio.is_some_and(|ratio| ratio.median <= *target)) {
        "reached"
    } else {
        "**missed**"
    }
}

/// xorshift64: the order of the batches needs no more.
struct Random(u64);

impl Random {
    fn shuffle(&mut self, items: &mut [usize]) {
        for last in (1..items.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            items.swap(last, (self.0 % (last as u64 + 1)) as usize);
        }
    }
}
