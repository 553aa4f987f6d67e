//! The sheet that a picture is drawn on: few colours, so that a file is small.

use zeno::{Command, Mask};

/// Pixels from side to side, and from top to bottom: what OpenGraph's readers ask for.
pub(super) const WIDTH: usize = 1200;
pub(super) const HEIGHT: usize = 630;

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

/// Colours of a picture; those of the style sheet, so that a picture looks like the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Colours {
    pub(super) paper: Colour,
    pub(super) ink: Colour,
    pub(super) muted: Colour,
    pub(super) spot: Colour,
    pub(super) rule: Colour,
}

impl Colours {
    /// What a style sheet sets first, which is for light paper; ours where it sets nothing that we understand.
    pub(super) fn of(style: &str) -> Colours {
        let named = |name: &str, ours: Colour| {
            let (_, rest) = style.split_once(&format!("--{name}:"))?;
            colour(rest.split([';', '}']).next()?.trim()).or(Some(ours))
        };
        let or_ours = |name: &str, ours: Colour| named(name, ours).unwrap_or(ours);
        Colours {
            paper: or_ours("paper", [0xfc, 0xfa, 0xf5]),
            ink: or_ours("ink", [0x21, 0x1d, 0x18]),
            muted: or_ours("muted", [0x5f, 0x57, 0x4b]),
            spot: or_ours("bar", [0xa0, 0x2c, 0x19]),
            rule: or_ours("rule", [0xda, 0xd2, 0xc1]),
        }
    }
}

/// `#fcfaf5` or `#fff`.
fn colour(text: &str) -> Option<Colour> {
    let digits = text.strip_prefix('#')?;
    let digit = |at: usize| u8::from_str_radix(digits.get(at..=at)?, 16).ok();
    let two = |at: usize| Some(16 * digit(at)? + digit(at + 1)?);
    match digits.len() {
        3 => Some([17 * digit(0)?, 17 * digit(1)?, 17 * digit(2)?]),
        6 => Some([two(0)?, two(2)?, two(4)?]),
        _ => None,
    }
}

/// What letters and shapes are printed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    Muted,
    Spot,
}

/// Steps from paper to each ink, at the edges of letters. With rule and paper they make fewer than sixteen colours: four bits.
const STEPS: [u8; 3] = [5, 4, 4];

impl Ink {
    /// The index of the palest step, and how many there are.
    fn steps(self) -> (u8, u8) {
        let at = self as usize;
        (2 + STEPS[..at].iter().sum::<u8>(), STEPS[at])
    }
}

/// The colour of the rule, in the palette; paper is 0.
const RULE: u8 = 1;

/// A picture on its way.
pub(super) struct Canvas {
    pixels: Vec<u8>,
}

impl Canvas {
    pub(super) fn new() -> Canvas {
        Canvas {
            pixels: vec![0; WIDTH * HEIGHT],
        }
    }

    /// A line across: `x` from, to, then `y` from, to.
    pub(super) fn rule(&mut self, (left, right): (usize, usize), (top, bottom): (usize, usize)) {
        self.fill((left, right), (top, bottom), RULE);
    }

    /// A surface in the spot colour.
    pub(super) fn bar(&mut self, across: (usize, usize), down: (usize, usize)) {
        let (first, steps) = Ink::Spot.steps();
        self.fill(across, down, first + steps - 1);
    }

    fn fill(&mut self, (left, right): (usize, usize), (top, bottom): (usize, usize), colour: u8) {
        for row in self.pixels.chunks_exact_mut(WIDTH).take(bottom).skip(top) {
            row[left.min(WIDTH)..right.min(WIDTH)].fill(colour);
        }
    }

    /// Fills shapes with an ink; of rows outside `top` and `bottom` nothing is drawn.
    pub(super) fn print(&mut self, shapes: &[Command], ink: Ink, (top, bottom): (f32, f32)) {
        let edge = |at: f32, most: usize| at.clamp(0.0, most as f32) as usize;
        let (top, bottom) = (edge(top, HEIGHT), edge(bottom, HEIGHT));
        let (left, right) = sides(shapes);
        let (left, right) = (edge(left - 1.0, WIDTH), edge(right + 2.0, WIDTH));
        if top >= bottom || left >= right {
            return;
        }
        let wide = right - left;
        let mut mask = vec![0; wide * (bottom - top)];
        Mask::new(shapes)
            .size(wide as u32, (bottom - top) as u32)
            .offset((-(left as f32), -(top as f32)))
            .render_into(&mut mask, None);
        let (first, steps) = ink.steps();
        let rows = self.pixels.chunks_exact_mut(WIDTH).skip(top);
        for (row, mask) in rows.zip(mask.chunks_exact(wide)) {
            for (pixel, covered) in row[left..right].iter_mut().zip(mask) {
                let step = (u32::from(*covered) * u32::from(steps) + 127) / 255;
                if step > 0 {
                    *pixel = (*pixel).max(first + step as u8 - 1);
                }
            }
        }
    }

    /// The picture as PNG with a palette.
    pub(super) fn png(&self, colours: &Colours) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, WIDTH as u32, HEIGHT as u32);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Four);
        encoder.set_palette(palette(colours).concat());
        encoder.set_filter(png::Filter::NoFilter);
        // The next levels take three times as long for four bytes in a hundred.
        encoder.set_deflate_compression(png::DeflateCompression::Level(6));
        let pairs = self.pixels.chunks_exact(2);
        let packed: Vec<u8> = pairs.map(|pair| pair[0] << 4 | pair[1]).collect();
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&packed))
            .expect("memory takes what is written, and size and palette fit");
        bytes
    }

    /// What is drawn, without its colours.
    #[cfg(test)]
    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

/// How far shapes go to the left and to the right, the points that pull their curves included.
fn sides(shapes: &[Command]) -> (f32, f32) {
    let points = shapes.iter().flat_map(|shape| match *shape {
        Command::MoveTo(to) | Command::LineTo(to) => [Some(to), None, None],
        Command::QuadTo(one, to) => [Some(one), Some(to), None],
        Command::CurveTo(one, two, to) => [Some(one), Some(two), Some(to)],
        Command::Close => [None; 3],
    });
    let none = (f32::INFINITY, f32::NEG_INFINITY);
    let wider = |(left, right): (f32, f32), x: f32| (left.min(x), right.max(x));
    points.flatten().map(|point| point.x).fold(none, wider)
}

fn palette(colours: &Colours) -> Vec<Colour> {
    let mut palette = vec![colours.paper, colours.rule];
    let inks = [colours.ink, colours.muted, colours.spot];
    for (ink, steps) in inks.into_iter().zip(STEPS) {
        palette.extend((1..=steps).map(|step| mixed(colours.paper, ink, step, steps)));
    }
    palette
}

/// So many steps of the way from one colour to another.
fn mixed(from: Colour, to: Colour, step: u8, steps: u8) -> Colour {
    let mix = |at: usize| {
        let (from, to) = (i32::from(from[at]), i32::from(to[at]));
        (from + (to - from) * i32::from(step) / i32::from(steps)) as u8
    };
    [mix(0), mix(1), mix(2)]
}
