//! The files that GitHub and editors read: workflows, issue forms, tasks.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use workbook::Workbook;
use workbook::answer::Owner;

fn workbook() -> Workbook {
    Workbook::here().expect("the tests run inside the workbook")
}

fn read(path: &str) -> String {
    fs::read_to_string(workbook().root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The YAML files of a folder, by name.
fn yaml(folder: &str) -> BTreeMap<String, Value> {
    let files = fs::read_dir(workbook().root().join(folder)).expect("it is there");
    let files = files.map(|file| file.expect("it can be read").path());
    let value = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("it can be read");
        let name = path.file_name().expect("it has one").to_string_lossy().into_owned();
        let value = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, value)
    };
    files.map(value).collect()
}

/// The steps of all jobs of a workflow.
fn steps(workflow: &Value) -> Vec<&Value> {
    let jobs = workflow["jobs"].as_object().expect("it has jobs").values();
    jobs.flat_map(|job| job["steps"].as_array().expect("it has steps")).collect()
}

#[test]
fn workflows_run_only_recipes_once_the_machine_is_set_up() {
    let justfile = read("justfile");
    let recipe = Regex::new(r"(?m)^@?([a-z][a-z-]*)(?: [^:\n]*)?:(?: |$)").expect("it is valid");
    let recipes: Vec<&str> =
        recipe.captures_iter(&justfile).map(|found| found.extract::<1>().1[0]).collect();
    let set_up = [
        "rustup toolchain install stable --profile ",
        "rustup default stable",
        "pipx install ",
        "sudo apt-get ",
        "sudo sysctl ",
    ];
    for (name, workflow) in yaml(".github/workflows") {
        let mut run = Vec::new();
        for step in steps(&workflow) {
            for line in step["run"].as_str().unwrap_or_default().lines() {
                match line.strip_prefix("just ") {
                    Some("${{ matrix.recipe }}") => {
                        let recipes = workflow["jobs"]["test"]["strategy"]["matrix"]["recipe"]
                            .as_array()
                            .expect("it lists recipes");
                        run.extend(recipes.iter().map(|recipe| recipe.as_str().expect("a name")));
                    }
                    Some(command) => run.extend(command.split(' ').next()),
                    None => {
                        let known = set_up.iter().any(|start| line.starts_with(start));
                        assert!(known, "{name}: {line}");
                    }
                }
            }
        }
        assert!(run.len() > 1, "{name} runs {run:?}");
        for recipe in run {
            assert!(recipes.contains(&recipe), "{name}: the justfile has no {recipe}");
        }
    }
}

#[test]
fn each_exercise_is_a_step_of_the_workflow_for_learners() {
    let workflow = &yaml(".github/workflows")["answers.yml"];
    let workbook = workbook();
    for exercise in workbook.with_optional() {
        let answer = workbook.answer(exercise, Owner::Learner);
        let run = format!("just check {}", answer.package);
        let steps = steps(workflow);
        let step = steps.iter().find(|step| step["run"] == run.as_str());
        let step = step.unwrap_or_else(|| panic!("no step runs {run}"));
        // Once the answer is not the stub.
        let condition = format!(
            "${{{{ !cancelled() && hashFiles('{}') != hashFiles('tests/{}/stub.rs') }}}}",
            answer.file.display(),
            exercise.folder()
        );
        assert_eq!(step["if"], condition.as_str());
    }
}

#[test]
fn issue_forms_ask_for_the_verdict_and_say_how() {
    let forms = yaml(".github/ISSUE_TEMPLATE");
    for (name, form) in &forms {
        if name == "config.yml" {
            continue;
        }
        for key in ["name", "description"] {
            assert!(form[key].is_string(), "{name} has no {key}");
        }
        let fields = form["body"].as_array().expect("it has fields");
        let ids: Vec<&str> =
            fields.iter().map(|field| field["id"].as_str().expect("it has one")).collect();
        let mut once = ids.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{name}: {ids:?}");
        let known = ["dropdown", "input", "textarea"];
        for field in fields {
            assert!(known.contains(&field["type"].as_str().expect("it has one")), "{name}");
            assert!(field["attributes"]["label"].is_string(), "{name}");
        }
    }
    let asks = |name: &str, id: &str| {
        let fields = forms[name]["body"].as_array().expect("it has fields");
        fields.iter().find(|field| field["id"] == id).cloned().expect("it asks for that")
    };
    for name in ["verdict.yml", "workbook.yml"] {
        let description = asks(name, "verdict")["attributes"]["description"].to_string();
        let command = "just check exercise-1 --format json > verdict.json";
        assert!(description.contains(command), "{name}: {description}");
    }
    assert_eq!(asks("verdict.yml", "verdict")["validations"]["required"], true);
}

/// A problem matcher of VS Code, as far as the tasks use one.
#[derive(Deserialize)]
struct Matcher {
    pattern: Vec<Pattern>,
}

#[derive(Deserialize)]
struct Pattern {
    regexp: String,
    file: Option<usize>,
    line: Option<usize>,
    message: Option<usize>,
    severity: Option<usize>,
    #[serde(default, rename = "loop")]
    again: bool,
}

/// A line in the list of problems.
#[derive(Debug, Default, Clone, PartialEq)]
struct Problem {
    file: String,
    line: Option<u32>,
    severity: Option<String>,
    message: String,
}

impl Pattern {
    /// What it takes from a line, if that matches.
    fn read(&self, line: &str, before: &Problem) -> Option<Problem> {
        let found = Regex::new(&self.regexp).expect("it is valid").captures(line)?;
        let group = |at: Option<usize>| Some(found.get(at?)?.as_str().to_owned());
        let before = before.clone();
        Some(Problem {
            file: group(self.file).unwrap_or(before.file),
            line: group(self.line).map(|line| line.parse().expect("a number")).or(before.line),
            severity: group(self.severity).or(before.severity),
            message: group(self.message).unwrap_or(before.message),
        })
    }
}

impl Matcher {
    /// As VS Code does: each pattern has to match the line after that of the one before, and the
    /// last one is tried again on the lines after it if it says so.
    fn problems(&self, text: &str) -> Vec<Problem> {
        let lines: Vec<&str> = text.lines().collect();
        let (last, _) = self.pattern.split_last().expect("it has patterns");
        let mut found = Vec::new();
        for at in 0..lines.len() {
            let mut problem = Some(Problem::default());
            let mut next = at;
            for pattern in &self.pattern {
                let line = lines.get(next).copied();
                problem = problem.and_then(|problem| pattern.read(line?, &problem));
                next += 1;
            }
            while let Some(whole) = problem {
                found.push(whole.clone());
                let line = lines.get(next).filter(|_| last.again);
                problem = line.and_then(|line| last.read(line, &whole));
                next += 1;
            }
        }
        found
    }
}

/// A verdict that another test holds to the real one.
fn verdict(snapshot: &str) -> String {
    let verdict = read(&format!("tests/workbook/tests/snapshots/verdicts__{snapshot}.snap"));
    let (_, verdict) = verdict.split_once("\n---\n").expect("it has a head");
    verdict.to_owned()
}

/// What the tasks find in a verdict.
fn problems(verdict: &str) -> Vec<Problem> {
    let tasks: Value = serde_json::from_str(&read(".vscode/tasks.json")).expect("it is JSON");
    let matchers = tasks["tasks"][0]["problemMatcher"].clone();
    let matchers: Vec<Matcher> = serde_json::from_value(matchers).expect("they are matchers");
    matchers.iter().flat_map(|matcher| matcher.problems(verdict)).collect()
}

fn in_file(file: &str, messages: &[&str]) -> Vec<Problem> {
    let problem = |message: &&str| Problem {
        file: file.to_owned(),
        message: (*message).to_owned(),
        ..Problem::default()
    };
    messages.iter().map(problem).collect()
}

#[test]
fn an_editor_finds_each_check_that_is_listed_as_failing() {
    let expected = [
        "try_acquire finds a permit beside one who joins the queue",
        "no wake-up is lost",
        "three tasks each get the permit",
        "two permits that come back wake two waiters",
        "a waiter that moves to another task is woken",
    ];
    let expected = in_file("exercises/4-semaphore/src/semaphore.rs", &expected);
    let verdict = verdict("a_lost_wake_up_is_shown_with_its_interleaving");
    assert_eq!(problems(&verdict), expected);
    // Checks that pass may have something to say, too.
    let passed = "checks pass  (--all lists them)\n";
    let verdict = verdict.replace(passed, &format!("{passed}    2 of them say more\n"));
    assert!(verdict.contains("say more"), "{verdict}");
    assert_eq!(problems(&verdict), expected);
    // In a narrow terminal the file is on a line of its own.
    assert_eq!(problems(&verdict.replacen("  exercises/", "\nexercises/", 1)), expected);
}

#[test]
fn an_editor_finds_a_failure_where_nothing_passes() {
    let expected = ["attempts and events may come in any order"];
    assert_eq!(
        problems(&verdict("a_sequence_that_hangs_is_shown_up_to_the_call_that_does_not_return")),
        in_file("exercises/1-retry/src/retry.rs", &expected)
    );
}

#[test]
fn an_editor_finds_the_compilers_errors_with_their_lines() {
    let expected = Problem {
        file: "answers/does-not-compile/src/semaphore.rs".to_owned(),
        line: Some(60),
        severity: Some("error".to_owned()),
        message: "mismatched types".to_owned(),
    };
    assert_eq!(problems(&verdict("a_compile_error_is_shown_as_rustc_shows_it")), [expected]);
}
