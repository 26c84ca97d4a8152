//! `docs/troubleshooting.md` has an entry for each problem code, and for no other.

use std::collections::BTreeMap;

use portal_api::Code;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/troubleshooting.md");

/// The cells of a table's rows whose first cell is a code.
fn rows(page: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

#[test]
fn every_code_has_a_cause_and_a_remedy() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (mut rows_by_code, mut unknown) = (BTreeMap::new(), Vec::new());
    for row in rows(&page).filter(|row| row.len() == 5) {
        match Code::parse(row[0].trim_matches('`')) {
            Some(code) => assert!(rows_by_code.insert(code, row.clone()).is_none(), "{} twice", code.name()),
            None => unknown.push(row[0]),
        }
    }
    assert!(unknown.is_empty(), "no such codes: {unknown:?}");
    for code in Code::ALL {
        let row = rows_by_code.get(code).unwrap_or_else(|| panic!("{} is not in the table", code.name()));
        assert_eq!(row[1], code.status().to_string(), "{}", code.name());
        assert_eq!(row[2], if code.retryable() { "R" } else { "" }, "{}", code.name());
        assert!(row[3].len() > 5 && row[4].len() > 5, "{}: {row:?}", code.name());
    }
}
