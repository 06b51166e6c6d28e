//! Who is in the class: a CSV file with columns such as `id`, `name` and `email`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::Timestamp;
use workbook::Fault;

use super::platform::{Person, canvas};

/// Headings of a column with ids; a learner's id is from the first of these that has one.
///
/// `SID` is Gradescope's, `ID number` Moodle's, `SIS …` Canvas's (whose `ID` is a number of its
/// own), `Username` and `Student ID` Blackboard's, `Identifier` is of Moodle's grading worksheet
/// and of GitHub Classroom's roster; its list of grades has the last ones.
const IDS: [&str; 12] = [
    "id",
    "student id",
    "student_id",
    "sid",
    "id number",
    "sis user id",
    "username",
    "sis login id",
    "identifier",
    "roster_identifier",
    "github_username",
    "student_repository_name",
];
/// Headings of a column with names; `Student` is Canvas's, as in `Lovelace, Ada`.
const NAMES: [&str; 3] = ["name", "full name", "student"];
const FIRST_NAMES: [&str; 2] = ["first name", "first_name"];
const LAST_NAMES: [&str; 3] = ["last name", "last_name", "surname"];
const EMAILS: [&str; 3] = ["email", "email address", "e-mail"];
/// Headings of a column with times; `submission_timestamp` is GitHub Classroom's.
const TIMES: [&str; 2] = ["handed_in", "submission_timestamp"];

/// The class, as the instructor lists it.
#[derive(Debug, Default)]
pub struct Roster {
    rows: Vec<Row>,
    ids: Index,
    emails: Index,
    names: Index,
}

/// A learner on the roster.
#[derive(Debug)]
pub struct Row {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// When they handed something in.
    pub handed_in: Option<Timestamp>,
}

/// Who on the roster a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The row at this index, by an id or address.
    Row(usize),
    /// The row at this index, by its name alone.
    Name(usize),
    /// Two or more have that id, address or name.
    Several,
    /// Nobody.
    Nobody,
}

/// Rows by what they are called, in small letters.
type Index = BTreeMap<String, BTreeSet<usize>>;

impl Roster {
    /// Reads a roster. Its columns are separated by commas, semicolons or tabs, in any order.
    ///
    /// # Errors
    ///
    /// If it cannot be read, has no column that says who somebody is, or two have the same id.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        let bytes = fs::read(path).map_err(Fault::of(path.display()))?;
        let text = decode(&bytes).map_err(Fault::of(path.display()))?;
        Self::parse(&text).map_err(Fault::of(path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter(text))
            .trim(Trim::All)
            .flexible(true)
            .from_reader(text.as_bytes());
        let headings = reader.headers().map_err(|error| error.to_string())?;
        let columns = Columns::new(headings)?;
        let mut roster = Self::default();
        let mut lines: BTreeMap<String, u64> = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            let Some(row) = columns.row(&record, line)? else { continue };
            if let Some(first) = lines.insert(row.id.to_lowercase(), line) {
                let id = row.id;
                return Err(format!(
                    "expected an id for each learner; found `{id}` in lines {first} and {line}"
                ));
            }
            columns.index(&mut roster, &record, row);
        }
        Ok(roster)
    }

    /// Its rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Who on the roster a person is: by an id, or else by the address, or else by the name. They
    /// have to be the same but for case and spaces around them.
    pub fn find(&self, person: &Person) -> Found {
        for (index, texts) in [
            (&self.ids, person.ids.as_slice()),
            (&self.emails, person.email.as_slice()),
            (&self.names, person.name.as_slice()),
        ] {
            for text in texts {
                match at(index, text) {
                    Found::Row(row) if std::ptr::eq(index, &self.names) => return Found::Name(row),
                    Found::Nobody => {}
                    found => return found,
                }
            }
        }
        Found::Nobody
    }
}

fn at(index: &Index, text: &str) -> Found {
    let rows = index.get(&text.trim().to_lowercase());
    match rows.map(|rows| (rows.len(), rows.first())) {
        Some((1, Some(&row))) => Found::Row(row),
        Some(_) => Found::Several,
        None => Found::Nobody,
    }
}

/// Which column holds what.
#[derive(Debug)]
struct Columns {
    ids: Vec<usize>,
    name: Option<usize>,
    first_name: Option<usize>,
    last_name: Option<usize>,
    email: Option<usize>,
    handed_in: Option<usize>,
}

impl Columns {
    fn new(headings: &StringRecord) -> Result<Self, String> {
        let headings: Vec<String> = headings.iter().map(str::to_lowercase).collect();
        let column = |name: &&str| headings.iter().position(|heading| heading == name);
        let first = |names: &[&str]| names.iter().find_map(column);
        let columns = Self {
            ids: IDS.iter().filter_map(column).collect(),
            name: first(&NAMES),
            first_name: first(&FIRST_NAMES),
            last_name: first(&LAST_NAMES),
            email: first(&EMAILS),
            handed_in: first(&TIMES),
        };
        let is_known = columns.name.or(columns.last_name).or(columns.email).is_some();
        if columns.ids.is_empty() && !is_known {
            let found = headings.join(", ");
            return Err(format!(
                "expected a line of headings with `id`, `name` or `email` among them; found `{found}`"
            ));
        }
        Ok(columns)
    }

    /// The learner in a line, if there is one.
    fn row(&self, record: &StringRecord, line: u64) -> Result<Option<Row>, String> {
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).filter(|it| !it.is_empty());
        // Canvas's second line has the points of each assignment.
        if cell(self.name).is_some_and(|name| name.eq_ignore_ascii_case("points possible")) {
            return Ok(None);
        }
        let name = match (cell(self.first_name), cell(self.last_name)) {
            _ if cell(self.name).is_some() => cell(self.name).map(str::to_owned),
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (first, last) => first.or(last).map(str::to_owned),
        };
        let email = cell(self.email).map(str::to_owned);
        let id = self.ids.iter().find_map(|&at| cell(Some(at))).map(str::to_owned);
        let Some(id) = id.or_else(|| email.clone()).or_else(|| name.clone()) else {
            return Ok(None);
        };
        let time = |text: &str| {
            text.replace(" UTC", "Z").parse().map_err(|_| {
                format!(
                    "expected a time such as 2026-11-20T10:11:12Z in line {line}; found `{text}`"
                )
            })
        };
        let handed_in = cell(self.handed_in).map(time).transpose()?;
        Ok(Some(Row { id, name, email, handed_in }))
    }

    /// Adds a learner to the roster, under all that they are called.
    fn index(&self, roster: &mut Roster, record: &StringRecord, row: Row) {
        let at = roster.rows.len();
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
        let add = |index: &mut Index, text: &str| {
            if !text.is_empty() {
                index.entry(text.to_lowercase()).or_default().insert(at);
            }
        };
        for &column in &self.ids {
            add(&mut roster.ids, cell(Some(column)));
        }
        add(&mut roster.emails, cell(self.email));
        add(&mut roster.names, row.name.as_deref().unwrap_or_default());
        let (first, last) = (cell(self.first_name), cell(self.last_name));
        let sortable = match cell(self.name).split_once(',') {
            Some((last, first)) => Some((first.trim(), last.trim())),
            None if !first.is_empty() && !last.is_empty() => Some((first, last)),
            None => None,
        };
        if let Some((first, last)) = sortable {
            add(&mut roster.names, &format!("{first} {last}"));
            add(&mut roster.names, &format!("{last}, {first}"));
            add(&mut roster.names, &canvas::compact(&format!("{last}, {first}")));
        }
        roster.rows.push(row);
    }
}

/// The text of a file in UTF-8, or in UTF-16 with a byte order mark, as Blackboard writes it.
fn decode(bytes: &[u8]) -> Result<String, &'static str> {
    let pairs = |of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes[2..].chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map_err(|_| "expected a text, found broken UTF-16")
    };
    match bytes {
        [0xff, 0xfe, ..] => pairs(u16::from_le_bytes),
        [0xfe, 0xff, ..] => pairs(u16::from_be_bytes),
        _ => str::from_utf8(bytes)
            .map(|text| text.trim_start_matches('\u{feff}').to_owned())
            .map_err(|_| "expected a CSV file in UTF-8; save it again as \"CSV UTF-8\""),
    }
}

/// What separates the columns: what the line of headings has the most of.
fn delimiter(text: &str) -> u8 {
    let headings = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| headings.bytes().filter(|byte| byte == delimiter).count();
    // Of several with the same count, `max_by_key` takes the last.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster(text: &str) -> Roster {
        Roster::parse(text).expect(text)
    }

    /// The id of the learner that somebody of a name is.
    fn find(roster: &Roster, person: &Person) -> Option<String> {
        match roster.find(person) {
            Found::Row(row) | Found::Name(row) => Some(roster.rows[row].id.clone()),
            Found::Several | Found::Nobody => None,
        }
    }

    fn called(roster: &Roster, name: &str) -> Option<String> {
        find(roster, &Person::called(name))
    }

    fn named(name: &str) -> Person {
        Person { name: Some(name.to_owned()), ..Person::default() }
    }

    const PLAIN: &str =
        "Email, NAME ,id\nada@example.org,Ada Lovelace,s1\nben@example.org,Ben,s2\n";

    #[test]
    fn columns_are_in_any_order_and_case() {
        let roster = roster(PLAIN);
        let row = &roster.rows[0];
        let all = (&*row.id, row.name.as_deref(), row.email.as_deref());
        assert_eq!(all, ("s1", Some("Ada Lovelace"), Some("ada@example.org")));
        assert_eq!(roster.rows.len(), 2);
    }

    #[test]
    fn somebody_is_found_by_id_address_or_name() {
        let roster = roster(PLAIN);
        for name in ["s1", "S1", " ada@EXAMPLE.org", "ada lovelace"] {
            assert_eq!(called(&roster, name).as_deref(), Some("s1"), "{name}");
        }
        for name in ["s", "ada", "lovelace, ada", "s11", ""] {
            assert_eq!(called(&roster, name), None, "{name}");
        }
        assert_eq!(roster.find(&Person::called("Ben")), Found::Name(1));
    }

    #[test]
    fn a_name_that_two_have_finds_none_of_them() {
        let roster = roster("id,name\n1,Ada\n2,ada\n3,Ben\n");
        assert_eq!(roster.find(&Person::called("Ada")), Found::Several);
    }

    #[test]
    fn semicolons_and_tabs_separate_columns_too() {
        for text in ["id;name\n1;Ada, Countess\n", "id\tname\n1\tAda, Countess\n"] {
            assert_eq!(called(&roster(text), "Ada, Countess").as_deref(), Some("1"), "{text}");
        }
        let quoted = roster("id,name\n1,\"Ada, \"\"Countess\"\"\"\n");
        assert_eq!(quoted.rows[0].name.as_deref(), Some("Ada, \"Countess\""));
    }

    #[test]
    fn the_gradebook_of_canvas_is_a_roster() {
        let roster = roster(
            "Student,ID,SIS User ID,SIS Login ID,Section,Exercise 4 (99)\n\
             \x20   Points Possible,,,,,100.00\n\
             \"Lovelace, Ada\",12345,s1,ada1,One,\n",
        );
        assert_eq!(roster.rows.len(), 1);
        assert_eq!(roster.rows[0].id, "12345");
        for name in ["12345", "s1", "ada1", "Lovelace, Ada", "Ada Lovelace", "lovelaceada"] {
            assert_eq!(called(&roster, name).as_deref(), Some("12345"), "{name}");
        }
    }

    #[test]
    fn the_grading_worksheet_of_moodle_is_a_roster() {
        let roster = roster(
            "Identifier,\"Full name\",\"ID number\",\"Email address\",Status\n\
             \"Participant 77\",\"Ada Lovelace\",s1,ada@example.org,\"Submitted for grading\"\n",
        );
        assert_eq!(roster.rows[0].id, "s1");
        let person = Person { ids: vec!["Participant 77".to_owned()], ..Person::default() };
        assert_eq!(find(&roster, &person).as_deref(), Some("s1"));
        assert_eq!(find(&roster, &named("Ada Lovelace")).as_deref(), Some("s1"));
    }

    #[test]
    fn the_grade_centre_of_blackboard_is_a_roster() {
        let text = "\"Last Name\"\t\"First Name\"\t\"Username\"\t\"Student ID\"\nLovelace\tAda\tada1\ts1\n";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let text = decode(&[&[0xff, 0xfe][..], &utf16].concat()).expect("it is UTF-16");
        let roster = roster(&text);
        assert_eq!(roster.rows[0].name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(called(&roster, "ada1"), called(&roster, "Ada Lovelace"));
        assert_eq!(roster.rows[0].id, "s1");
    }

    #[test]
    fn the_rosters_of_github_classroom_and_gradescope_are_rosters() {
        let github = roster(
            "\"identifier\",\"github_username\",\"github_id\",\"name\"\n\
             \"s1\",\"ada-l\",\"17\",\"Ada\"\n",
        );
        assert_eq!(called(&github, "ada-l").as_deref(), Some("s1"));
        let grades = roster(
            "github_username,roster_identifier,student_repository_name,submission_timestamp\n\
             ada-l,s1,exercise-4-ada-l,2026-11-20 10:11:12 UTC\n",
        );
        assert_eq!(called(&grades, "exercise-4-ada-l").as_deref(), Some("s1"));
        let gradescope =
            roster("First Name,Last Name,SID,Email,Role\nAda,Lovelace,0042,a@b.c,Student\n");
        assert_eq!(called(&gradescope, "0042").as_deref(), Some("0042"));
    }

    #[test]
    fn a_roster_may_say_when_something_was_handed_in() {
        let roster =
            roster("id,handed_in\n1,2026-11-20T10:11:12Z\n2,2026-11-20 10:11:12 UTC\n3,\n");
        let time = Some("2026-11-20T10:11:12Z".parse().expect("a time"));
        let times: Vec<_> = roster.rows.iter().map(|row| row.handed_in).collect();
        assert_eq!(times, [time, time, None]);
    }

    #[test]
    fn a_wrong_roster_is_told() {
        let why = |text: &str| Roster::parse(text).map(|_| ()).expect_err(text);
        assert_eq!(
            why("id,name\nS1,Ada\ns2,Ben\ns1,Cy\n"),
            "expected an id for each learner; found `s1` in lines 2 and 4"
        );
        assert!(why("a,b\n1,2\n").contains("expected a line of headings"), "{}", why("a,b\n1,2\n"));
        assert!(why("").contains("expected a line of headings"));
        assert!(why("id,handed_in\n1,Friday\n").contains("in line 2; found `Friday`"));
        assert!(decode(b"id\n\xff\n").is_err());
    }
}
