//! The name of a new phone key.

use iloq_model::Key;

/// iLOQ's `Description` has no room for more characters.
const MAX: usize = 50;

/// The wanted name, with a number if one of the user's keys has that name already.
pub fn unique(wanted: &str, held: &[Key]) -> String {
    let base = if wanted.is_empty() { "Mobile key" } else { wanted };
    let taken = |name: &str| held.iter().any(|key| key.description.as_deref() == Some(name));
    let name = cut(base, MAX);
    if !taken(&name) {
        return name;
    }
    // Of one more name than there are keys, one is free.
    (2..held.len() + 3).map(|n| numbered(base, n)).find(|name| !taken(name)).unwrap_or(name)
}

fn numbered(base: &str, n: usize) -> String {
    let number = format!(" {n}");
    cut(base, MAX - number.len()) + &number
}

fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use iloq_model::KeyId;

    use super::*;

    fn keys(names: &[&str]) -> Vec<Key> {
        let key = |name: &&str| Key { description: Some((*name).to_owned()), ..Key::new(KeyId::ZERO) };
        names.iter().map(key).collect()
    }

    #[test]
    fn a_taken_name_gets_the_first_free_number() {
        assert_eq!(unique("Anna Åkesson", &keys(&[])), "Anna Åkesson");
        assert_eq!(unique("Anna Åkesson", &keys(&["Anna Åkesson"])), "Anna Åkesson 2");
        assert_eq!(unique("Anna", &keys(&["Anna", "Anna 2", "Anna 4"])), "Anna 3");
        assert_eq!(unique("", &keys(&["x"])), "Mobile key");
    }

    #[test]
    fn no_name_is_longer_than_its_place() {
        let long = "Å".repeat(60);
        let first = unique(&long, &keys(&[]));
        assert_eq!(first.chars().count(), 50);
        let second = unique(&long, &keys(&[&first]));
        assert_eq!((second.chars().count(), second.ends_with(" 2")), (50, true));
    }
}
