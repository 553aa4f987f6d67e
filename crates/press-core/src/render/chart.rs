//! Charts as SVG that stands in a page: no script, colours from the page's style sheet, light or dark. Each has a title
//! and a sentence for those who do not see it; the page gives the numbers as a table beside it.

use super::sanitise::escape;
use super::statistics::Series;
use std::fmt::Write;

/// Width of all charts, in units of their own; the page scales them.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 260.0;
/// Room for numbers on the left, and for years below.
const LEFT: f64 = 60.0;
const BELOW: f64 = 28.0;
const ABOVE: f64 = 8.0;

/// Columns for years, each made of the rows of `series` one upon the other. Colours are classes `c0`, `c1`, …
pub fn columns(id: &str, title: &str, years: &[i16], series: &[Series]) -> String {
    let total = |at: usize| -> usize {
        series
            .iter()
            .map(|one| one.counts.get(at).copied().unwrap_or(0))
            .sum()
    };
    let highest = (0..years.len()).map(total).max().unwrap_or(0);
    let (step, top) = scale(highest);
    let high = HEIGHT - BELOW - ABOVE;
    let y = |value: f64| ABOVE + high * (1.0 - value / top as f64);
    let mut svg = open(id, title, &described(years, series, total), HEIGHT);
    for value in (0..=top).step_by(step) {
        let at = y(value as f64);
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{WIDTH}\"/><text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            LEFT - 6.0,
            at + 4.0
        );
    }
    let each = (WIDTH - LEFT) / years.len().max(1) as f64;
    // Years are named as densely as there is room for them.
    let named = (60.0 / each).ceil().max(1.0) as usize;
    for (at, year) in years.iter().enumerate() {
        let x = LEFT + each * at as f64;
        let mut below = 0usize;
        for (class, one) in series.iter().enumerate() {
            let count = one.counts.get(at).copied().unwrap_or(0);
            if count == 0 {
                continue;
            }
            let (foot, head) = (y(below as f64), y((below + count) as f64));
            below += count;
            let name = escape(&one.name);
            let _ = write!(
                svg,
                "<rect class=\"c{class}\" x=\"{:.1}\" y=\"{head:.1}\" width=\"{:.1}\" height=\"{:.1}\"><title>{name}, {year}: {count}</title></rect>",
                x + each * 0.12,
                each * 0.76,
                (foot - head).max(0.5)
            );
        }
        if (years.len() - 1 - at).is_multiple_of(named) {
            let _ = write!(
                svg,
                "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{year}</text>",
                x + each / 2.0,
                HEIGHT - 6.0
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Bars for named numbers, the largest first as they come.
pub fn bars(id: &str, title: &str, rows: &[(String, usize)]) -> String {
    const ROW: f64 = 22.0;
    const NAMES: f64 = 200.0;
    let highest = rows
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(1)
        .max(1);
    let said: Vec<String> = rows
        .iter()
        .take(3)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    let height = ROW * rows.len() as f64 + 4.0;
    let mut svg = open(
        id,
        title,
        &format!("The first are {}.", said.join(", ")),
        height,
    );
    for (at, (name, count)) in rows.iter().enumerate() {
        let y = ROW * at as f64;
        let long = (WIDTH - NAMES - 60.0) * *count as f64 / highest as f64;
        let _ = write!(
            svg,
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <rect class=\"c0\" x=\"{NAMES}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>\
             <text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{count}</text>",
            NAMES - 8.0,
            y + 15.0,
            escape(&shortened(name)),
            y + 4.0,
            long.max(1.0),
            ROW - 6.0,
            NAMES + long + 6.0,
            y + 15.0
        );
    }
    svg.push_str("</svg>");
    svg
}

/// A row of numbers as eight heights of blocks, for a terminal.
pub fn sparkline(counts: &[usize]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let highest = counts.iter().copied().max().unwrap_or(0);
    let block = |count: &usize| match (*count, highest) {
        (0, _) => ' ',
        // From above zero to the highest, in eight steps.
        (count, highest) => BLOCKS[((count * 8).div_ceil(highest) - 1).min(7)],
    };
    counts.iter().map(block).collect()
}

fn open(id: &str, title: &str, description: &str, height: f64) -> String {
    let (id, title, description) = (escape(id), escape(title), escape(description));
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
         <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>"
    )
}

/// What a chart shows, in a sentence.
fn described(years: &[i16], series: &[Series], total: impl Fn(usize) -> usize) -> String {
    let (Some(first), Some(last)) = (years.first(), years.last()) else {
        return "There is nothing to show yet.".to_owned();
    };
    let end = years.len() - 1;
    let mut text = format!("From {} in {first} to {} in {last}", total(0), total(end));
    if let Some((at, year)) = years.iter().enumerate().max_by_key(|(at, _)| total(*at)) {
        let _ = write!(text, "; most in {year}: {}", total(at));
    }
    if series.len() > 1
        && let Some(largest) = series.iter().max_by_key(|one| one.total())
    {
        let _ = write!(text, ". The largest part is {}", largest.name);
    }
    text.push('.');
    text
}

/// Steps of a scale, and its end: 1, 2 or 5 times a power of ten, at most five of them.
fn scale(highest: usize) -> (usize, usize) {
    let mut power = 1;
    let step = loop {
        let fits = [1, 2, 5].map(|factor| factor * power);
        if let Some(step) = fits.into_iter().find(|step| highest <= step * 5) {
            break step;
        }
        power *= 10;
    };
    (step, step * highest.div_ceil(step).max(1))
}

fn shortened(name: &str) -> String {
    const MOST: usize = 28;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    name.chars().take(MOST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_above_the_highest_in_round_steps() {
        for highest in (0..3_000).chain([99_999, 1_000_000, 123_456_789]) {
            let (step, top) = scale(highest);
            assert!(
                top >= highest && top / step <= 5 && top > 0,
                "{highest}: {step} {top}"
            );
            assert!(
                highest == 0 || top - highest < step,
                "{highest}: {step} {top}"
            );
        }
        assert_eq!(scale(0), (1, 1));
        assert_eq!(scale(52), (20, 60));
        assert_eq!(scale(11_900), (5_000, 15_000));
    }

    #[test]
    fn sparklines_show_nothing_as_nothing() {
        assert_eq!(sparkline(&[0, 1, 50, 100]), " ▁▄█");
        assert_eq!(sparkline(&[0, 0]), "  ");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn a_chart_says_in_words_what_it_shows_and_escapes_strangers() {
        let series = [
            Series {
                name: "A & <b>".to_owned(),
                counts: vec![1, 0, 9],
            },
            Series {
                name: "B".to_owned(),
                counts: vec![2, 3, 1],
            },
        ];
        let svg = columns("x", "T \"<i>\"", &[2024, 2025, 2026], &series);
        assert!(svg.contains("From 3 in 2024 to 10 in 2026; most in 2026: 10. The largest part is A &amp; &lt;b&gt;."), "{svg}");
        assert!(!svg.contains("<b>") && !svg.contains("<i>"), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 5);
        assert!(
            bars("y", "B", &[("a.example".to_owned(), 3)]).contains("The first are a.example 3.")
        );
        assert!(columns("z", "Z", &[], &[]).contains("nothing to show"));
    }
}
