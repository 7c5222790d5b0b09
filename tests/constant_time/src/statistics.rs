//! Statistics of paired measurements: tuples of one measurement for each class, taken next to each other in random order.
//!
//! If no class differs from another, the order within a tuple is random whatever the machine does, so that the Friedman
//! test holds without an assumption about the noise; the sign test and Wilcoxon's take pairs out of the tuples.

use crate::random::Seeded;

/// Measurements in ticks, tuple by tuple, in the order of the classes.
pub struct Tuples {
    pub classes: usize,
    pub ticks: Vec<u32>,
}

/// How one class compares with the first.
#[derive(Debug)]
pub struct Comparison {
    /// The median of the differences within tuples, in ticks. It is a whole number, or half of one.
    pub median: f64,
    /// Two-sided probabilities, if the two classes were one.
    pub sign: f64,
    pub wilcoxon: f64,
    /// The difference in ticks: the median of what blocks of tuples have as their trimmed mean. And its interval.
    pub difference: f64,
    pub low: f64,
    pub high: f64,
}

/// Blocks are what the bootstrap draws from: so many, or of ten tuples.
const BLOCKS: usize = 400;
const RESAMPLES: usize = 20_000;

impl Tuples {
    #[must_use]
    pub fn count(&self) -> usize {
        self.ticks.len() / self.classes
    }

    /// The probability of what is seen, or something more extreme, if all classes were one: Friedman's test, corrected
    /// for ties.
    #[must_use]
    pub fn friedman(&self) -> f64 {
        let (n, k) = (float(self.count()), float(self.classes));
        let mut sums = vec![0.0; self.classes];
        let mut ties = 0.0;
        for tuple in self.ticks.chunks(self.classes) {
            let (places, equal) = ranks(&tuple.iter().map(|ticks| f64::from(*ticks)).collect::<Vec<_>>());
            sums.iter_mut().zip(places).for_each(|(sum, place)| *sum += place);
            ties += equal;
        }
        let squares: f64 = sums.iter().map(|sum| (sum - n * (k + 1.0) / 2.0).powi(2)).sum();
        let statistic = 12.0 * squares / (n * k * (k + 1.0)) / (1.0 - ties / (n * k * (k * k - 1.0)));
        upper_gamma((k - 1.0) / 2.0, statistic / 2.0)
    }

    /// Compares the class of this index with class 0. The interval fails to hold the difference with probability
    /// `error`. `trim` is the part of the differences that counts as disturbed, at each end.
    #[must_use]
    pub fn compare(&self, class: usize, error: f64, trim: f64) -> Comparison {
        let mut differences: Vec<f64> =
            self.ticks.chunks(self.classes).map(|tuple| f64::from(tuple[class]) - f64::from(tuple[0])).collect();
        let (sign, wilcoxon) = (sign(&differences), wilcoxon(&differences));
        assert!(self.count() >= 100, "at least a hundred tuples, please");
        let block = (self.count() / BLOCKS).max(10);
        let mut blocks: Vec<f64> = differences.chunks_exact(block).map(|block| trimmed_mean(block, trim)).collect();
        let (low, high) = bootstrap(&blocks, error);
        Comparison { median: median(&mut differences), sign, wilcoxon, difference: median(&mut blocks), low, high }
    }

    /// The median of one class.
    #[must_use]
    pub fn median(&self, class: usize) -> f64 {
        median(
            &mut self.ticks.iter().skip(class).step_by(self.classes).map(|ticks| f64::from(*ticks)).collect::<Vec<_>>(),
        )
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2⁵²")]
fn float(count: usize) -> f64 {
    count as f64
}

fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    let lower = below.iter().copied().max_by(f64::total_cmp).unwrap_or(upper);
    if below.len() * 2 == values.len() { f64::midpoint(lower, upper) } else { upper }
}

/// The mean without this part of the values at each end.
fn trimmed_mean(values: &[f64], trim: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most half of the length")]
    let cut = ((float(values.len()) * trim).ceil() as usize).min((values.len() - 1) / 2);
    let middle = &values[cut..values.len() - cut];
    middle.iter().sum::<f64>() / float(middle.len())
}

/// The percentile interval of the median.
fn bootstrap(values: &[f64], error: f64) -> (f64, f64) {
    let mut rng = Xorshift(Seeded::new(7).number() | 1);
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| median(&mut values.iter().map(|_| values[rng.below(values.len())]).collect::<Vec<_>>()))
        .collect();
    medians.sort_unstable_by(f64::total_cmp);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below RESAMPLES")]
    let tail = (float(RESAMPLES) * error / 2.0) as usize;
    (medians[tail], medians[RESAMPLES - 1 - tail])
}

struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((u128::from(self.0) * bound as u128) >> 64).expect("below `bound`")
    }
}

/// Ranks from 1, means among equals; and the sum of t³ − t over the groups of t equals.
fn ranks(values: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let (mut ties, mut start) = (0.0, 0);
    for group in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        let t = float(group.len());
        for index in group {
            ranks[*index] = float(start) + f64::midpoint(t, 1.0);
        }
        ties += t * t * t - t;
        start += group.len();
    }
    (ranks, ties)
}

/// The sign test without zeros, by the normal approximation.
fn sign(differences: &[f64]) -> f64 {
    let positive = float(differences.iter().filter(|difference| **difference > 0.0).count());
    let negative = float(differences.iter().filter(|difference| **difference < 0.0).count());
    let n = positive + negative;
    two_sided(((positive - n / 2.0).abs() - 0.5).max(0.0) / (n.sqrt() / 2.0))
}

/// Wilcoxon's signed-rank test without zeros, corrected for ties, by the normal approximation.
fn wilcoxon(differences: &[f64]) -> f64 {
    let differences: Vec<f64> = differences.iter().copied().filter(|difference| *difference != 0.0).collect();
    let (ranks, ties) = ranks(&differences.iter().map(|difference| difference.abs()).collect::<Vec<_>>());
    let positive: f64 =
        differences.iter().zip(&ranks).filter(|(difference, _)| **difference > 0.0).map(|(_, rank)| rank).sum();
    let n = float(differences.len());
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    two_sided((positive - n * (n + 1.0) / 4.0).abs() / variance.sqrt())
}

/// The probability that a normal variable is `z` deviations or more away from its mean.
fn two_sided(z: f64) -> f64 {
    if z.is_nan() { 1.0 } else { upper_gamma(0.5, z * z / 2.0) }
}

/// The regularized upper incomplete gamma function Q(a, x): its series below a + 1, its continued fraction above.
#[allow(clippy::many_single_char_names, reason = "those of the literature")]
fn upper_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let factor = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-16 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return 1.0 - factor * sum;
    }
    // Lentz's algorithm.
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1e300, 1.0 / b);
    let mut h = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    factor * h
}

/// For a multiple of one half.
fn ln_gamma(a: f64) -> f64 {
    let (mut at, mut sum) = if a.fract() == 0.0 { (1.0, 0.0) } else { (0.5, std::f64::consts::PI.ln() / 2.0) };
    while at < a {
        sum += f64::ln(at);
        at += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9 + 1e-6 * b.abs(), "{a} isn't {b}");
    }

    #[test]
    fn distributions() {
        near(two_sided(1.959_963_984_540_054), 0.05);
        near(1e9 * two_sided(6.0), 1.973_175_290_075_396);
        near(two_sided(0.0), 1.0);
        // The 95th percentile of chi squared with 10 degrees of freedom.
        near(upper_gamma(5.0, 18.307_038_053_275_146 / 2.0), 0.05);
        near(upper_gamma(1.5, 0.1), 0.977_589_297_762);
    }

    /// Three samples of ten, one exchanged between two classes at a time, by hand.
    #[test]
    fn friedman_by_hand() {
        // Ranks are always 1, 2, 3: the statistic is 12 · 2 n² / (n · 3 · 4) = 2 n, with two degrees of freedom.
        let tuples = Tuples { classes: 3, ticks: [1, 2, 3].repeat(10) };
        near(tuples.friedman(), f64::exp(-10.0));
        // Ties in each tuple: ranks 1.5, 1.5, 3. The sum of squares is n² (0.25 + 0.25 + 1), the correction 1 - 6/24.
        let tuples = Tuples { classes: 3, ticks: [1, 1, 3].repeat(10) };
        near(tuples.friedman(), f64::exp(-10.0));
    }

    /// Darwin's maize, the usual example: W+ = 96 of 15 pairs, p = 0.041. And an example with ties and a zero.
    #[test]
    fn wilcoxon_by_hand() {
        let d = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75].map(f64::from);
        let z: f64 = (96.0 - 60.0) / 310.0_f64.sqrt();
        near(wilcoxon(&d), two_sided(z));
        assert!((wilcoxon(&d) - 0.0409).abs() < 1e-3);
        // |d| = 1, 1, 2: ranks 1.5, 1.5, 3; W+ = 4.5; the variance is 3·4·7/24 − 6/48.
        near(wilcoxon(&[1.0, -1.0, 2.0, 0.0]), two_sided(1.5 / 3.375_f64.sqrt()));
    }

    #[test]
    fn sign_by_hand() {
        let mut d = vec![1.0; 60];
        d.extend([-1.0; 40]);
        d.extend([0.0; 10]);
        near(sign(&d), two_sided(1.9));
        near(sign(&[0.0]), 1.0);
    }

    /// Equal classes are found different about as often as promised, and a difference of a few ticks is seen.
    #[test]
    fn power_and_size() {
        let mut rng = Seeded::new(3);
        let (mut rejected, mut missed) = (0, 0);
        for round in 0..20 {
            let mut noise = |shift: u64| {
                let sum: u64 = rng.bytes::<16>().iter().map(|byte| u64::from(*byte)).sum();
                u32::try_from((2 * sum + shift + rng.number() % 64) / 64).unwrap()
            };
            let ticks = (0..4000 * 3).map(|at| noise(if at % 3 == 2 { 160 } else { 0 })).collect();
            let tuples = Tuples { classes: 3, ticks };
            let (same, other) = (tuples.compare(1, 0.05, 0.02), tuples.compare(2, 0.05, 0.02));
            rejected += usize::from(same.sign < 0.05) + usize::from(same.wilcoxon < 0.05);
            rejected += usize::from(same.low > 0.0 || same.high < 0.0);
            missed += usize::from(other.low > 2.5 || other.high < 2.5);
            assert!(other.wilcoxon < 1e-3 && other.low > 0.0 && tuples.friedman() < 1e-3, "{round}: {other:?}");
        }
        assert!(rejected <= 10 && missed <= 5, "{rejected} of 60, {missed} of 20, with 5 %");
    }

    #[test]
    fn medians() {
        for (values, expected) in
            [(&[3.0][..], 3.0), (&[1.0, 2.0], 1.5), (&[5.0, 1.0, 3.0], 3.0), (&[4.0, 1.0, 2.0, 9.0], 3.0)]
        {
            near(median(&mut values.to_vec()), expected);
        }
        near(trimmed_mean(&[100.0, 1.0, 2.0, -50.0], 0.25), 1.5);
        near(trimmed_mean(&[7.0], 0.4), 7.0);
    }
}
