//! Words: what counts as one, and how far two are apart.

/// Whether one slip of the keyboard makes one word of the other: a letter too many, one missing, one wrong, or
/// two swapped. Equal words are no slip.
pub(super) fn one_slip_apart(one: &str, other: &str) -> bool {
    let (short, long): (Vec<char>, Vec<char>) = if one.len() <= other.len() {
        (one.chars().collect(), other.chars().collect())
    } else {
        (other.chars().collect(), one.chars().collect())
    };
    if short == long || long.len().abs_diff(short.len()) > 1 {
        return false;
    }
    let same = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let same_end = |short_from: usize, long_from: usize| {
        short.get(short_from..).unwrap_or_default() == long.get(long_from..).unwrap_or_default()
    };
    if short.len() < long.len() {
        return same_end(same, same + 1);
    }
    let swapped =
        short.len() > same + 1 && short[same] == long[same + 1] && short[same + 1] == long[same];
    same_end(same + 1, same + 1) || (swapped && same_end(same + 2, same + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_one_key_wide() {
        assert!(one_slip_apart("recieve", "receive"));
        assert!(one_slip_apart("ckeck", "check"));
        assert!(one_slip_apart("eneral", "general"));
        assert!(one_slip_apart("checks", "check"));
        assert!(!one_slip_apart("check", "check"));
        assert!(!one_slip_apart("chcek", "cheek"));
        assert!(!one_slip_apart("a", "abc"));
    }
}
