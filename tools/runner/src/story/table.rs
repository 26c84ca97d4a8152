//! Columns and lines of text.

/// The widest that a cell may be, in characters; the rest of a longer one is left out.
const WIDEST: usize = 84;

/// The longest line of a note, in characters.
const LONGEST: usize = 100;

/// A text cut at spaces into lines.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if width(line) + 1 + width(word) <= LONGEST => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The lines of a table: the heads first. Columns are as wide as their widest cell.
pub(super) fn table(heads: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let all: Vec<Vec<String>> =
        std::iter::once(&heads).chain(rows).map(|row| row.iter().map(|cell| cut(cell)).collect()).collect();
    let widths: Vec<usize> = (0..heads.len())
        .map(|column| all.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, widest)| format!("{cell}{}", " ".repeat(widest - width(cell))))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn cut(text: &str) -> String {
    if width(text) <= WIDEST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(WIDEST - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["Åsa".to_owned(), "linked".to_owned()],
            vec!["Väinö O'Brien".to_owned(), "gone".to_owned()],
        ];
        assert_eq!(
            table(&["name", "state"], &rows),
            ["name           state", "Åsa            linked", "Väinö O'Brien  gone"]
        );
    }

    #[test]
    fn a_long_note_goes_over_several_lines() {
        let lines = wrapped(&"Persons_GetPerson, ".repeat(12));
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| width(line) <= LONGEST));
        assert_eq!(wrapped("short"), ["short"]);
    }

    #[test]
    fn a_long_cell_is_cut() {
        let lines = table(&["x"], &[vec!["ä".repeat(200)]]);
        assert_eq!(width(&lines[1]), WIDEST);
        assert!(lines[1].ends_with('…'));
    }
}
